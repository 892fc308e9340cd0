import { Email } from '../../kernel/values';
import type { Target } from '../../notify/contract';
import type { ToTell } from '../domain/policy';

/** Members may have anything for an e-mail address; notify is given only what is one, and else knows the name. */
export function targetOf(target: ToTell): Target {
  if (target.kind === 'room') return { kind: 'room', address: target.address };
  return { kind: 'person', name: target.name, email: Email.safeParse(target.email).data ?? null };
}
