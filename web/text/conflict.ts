/** Texts for two edits of the same thing. */
export const conflictWords = {
  meanwhile: (differs: string) =>
    `Another person saved this while you were editing it. ${differs} Your changes are kept here, unsaved.`,
  takeTheirs: 'Take theirs',
  keepMine: 'Save mine over theirs',
};
