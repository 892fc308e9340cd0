/** Texts of the explanation of pages. */
export const whyWords = {
  cause: 'From the alert to the incident',
  paged: (name: string) => `Why ${name} was paged`,
  notPaged: (name: string) => `Why ${name} was not paged`,
  reached: 'How they are reached',
  nobody: 'No step has named anyone yet.',
  ask: 'Why was this person paged, or not?',
  askHint: 'An e-mail address. Empty: everyone in the steps so far.',
  explain: 'Explain',
  results: { yes: 'Yes', no: 'No', planned: 'Planned' },
};
