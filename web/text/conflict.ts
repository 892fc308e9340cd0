/** What is said where two people edited one thing. */
export const conflictWords = {
  meanwhile: (differs: string) =>
    `Somebody saved this while you were editing it. ${differs} What you changed is still here, unsaved.`,
  takeTheirs: 'Take theirs',
  keepMine: 'Save mine over theirs',
};
