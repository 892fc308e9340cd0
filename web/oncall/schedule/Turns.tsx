import { useState } from 'preact/hooks';
import { scheduleWords as words } from '../../text/schedule';
import { Button } from '../../ui/button';
import { SelectField, TextField } from '../../ui/field';
import { Face } from '../../ui/icons';
import { joinSlot, type Member, movedItem, without } from './draft';

/** The rotation in order. A turn belongs to one person, to several together, or to no one. */

interface TurnsProps {
  of: readonly Member[][];
  /** Known people, offered while the user types. */
  people: readonly Member[];
  onChange(slots: Member[][]): void;
}

const nameOfSlot = (slot: readonly Member[], index: number): string =>
  slot.length === 0 ? words.slot(index + 1) : slot.map(({ name }) => name).join(', ');

export function Turns({ of, people, onChange }: TurnsProps) {
  return (
    <fieldset class="stack tight">
      <legend class="label">{words.members}</legend>
      {of.length === 0 && <p class="small second">{words.noMembers}</p>}
      <ol class="list turns">
        {of.map((slot, index) => (
          <li key={index}>
            <span class="rung" aria-hidden="true">
              {index + 1}
            </span>
            <SlotPeople
              slot={slot}
              onChange={(changed) => onChange(of.map((each, at) => (at === index ? changed : each)))}
            />
            <span class="row end">
              {index > 0 && (
                <Button
                  small
                  quiet
                  icon="up"
                  label={words.earlier(nameOfSlot(slot, index))}
                  onClick={() => onChange(movedItem(of, index, -1))}
                />
              )}
              {index < of.length - 1 && (
                <Button
                  small
                  quiet
                  icon="down"
                  label={words.later(nameOfSlot(slot, index))}
                  onClick={() => onChange(movedItem(of, index, 1))}
                />
              )}
              <Button
                small
                quiet
                icon="trash"
                label={words.removeThing(nameOfSlot(slot, index))}
                onClick={() => onChange(without(of, index))}
              />
            </span>
          </li>
        ))}
      </ol>
      <AddPerson of={of} people={people} onChange={onChange} />
    </fieldset>
  );
}

function SlotPeople({ slot, onChange }: { slot: readonly Member[]; onChange(slot: Member[]): void }) {
  if (slot.length === 0) {
    return (
      <span class="person muted grow">
        <Face name={null} />
        {words.nobodySlot}
      </span>
    );
  }
  return (
    <span class="row wrap grow">
      {slot.map((member, index) => (
        <span key={member.email} class="person" title={member.email}>
          <Face name={member.name} email={member.email} />
          <span class="clip">{member.name}</span>
          {slot.length > 1 && (
            <Button
              small
              quiet
              icon="x"
              label={words.removeThing(member.name)}
              onClick={() => onChange(without(slot, index))}
            />
          )}
        </span>
      ))}
    </span>
  );
}

const NEW_TURN = 'new';

/** Not a form of its own: it is inside the editor's form, so Enter in its fields adds the person and does not save. */
function AddPerson({ of, people, onChange }: TurnsProps) {
  const [name, setName] = useState('');
  const [email, setEmail] = useState('');
  const [joins, setJoins] = useState(NEW_TURN);
  const known = people.find((each) => each.name === name.trim() || each.email === name.trim());
  const member = { name: known?.name ?? name.trim(), email: (email || known?.email || '').trim() };
  const complete = member.name !== '' && /.@./.test(member.email);
  const add = () => {
    if (!complete) return;
    onChange(joins === NEW_TURN ? [...of, [member]] : joinSlot(of, Number(joins), member));
    setName('');
    setEmail('');
  };
  const addByEnter = (event: KeyboardEvent) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    add();
  };
  return (
    <div class="row wrap adding">
      <TextField
        label={words.personName}
        name="person-name"
        list="people-known"
        maxLength={255}
        autocomplete="off"
        value={name}
        onInput={({ currentTarget }) => setName(currentTarget.value)}
        onKeyDown={addByEnter}
      />
      <TextField
        label={words.personEmail}
        name="person-email"
        type="email"
        maxLength={255}
        autocomplete="off"
        value={email || known?.email || ''}
        onInput={({ currentTarget }) => setEmail(currentTarget.value)}
        onKeyDown={addByEnter}
      />
      {of.length > 0 && (
        <SelectField
          label={words.joining}
          name="joins"
          value={joins}
          choices={[
            { value: NEW_TURN, text: words.newTurn },
            ...of.map((slot, index) => ({ value: String(index), text: `${index + 1} ${nameOfSlot(slot, index)}` })),
          ]}
          onChange={({ currentTarget }) => setJoins(currentTarget.value)}
        />
      )}
      <Button icon="plus" onClick={add} disabled={!complete && words.addPerson}>
        {words.addTurn}
      </Button>
      <Button quiet onClick={() => onChange([...of, []])}>
        {words.addNobody}
      </Button>
    </div>
  );
}
