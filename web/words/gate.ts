export const gate = {
  logIn: 'Log in',
  name: 'Name',
  nameOrEmail: 'Name or e-mail',
  password: 'Password',
  ended: (back: string) =>
    back === '/' ? 'Your session ended.' : 'Your session ended. You will return to where you were.',
  check: 'Check name and password, and try again.',
  notYou: 'Name and password do not match.',
  wait: (seconds: number) => `Too many attempts. Try again in ${seconds} s.`,
  answers: 'All services answer',
  silent: (n: number) => (n === 1 ? 'One service does not answer' : `${n} services do not answer`),
  setUp: {
    title: 'Make the first administrator',
    text: 'This link works once. Everybody else is added by the administrator you make here.',
    verb: 'Make administrator',
    email: 'E-mail',
    emailHint: 'The address your shifts and incidents are found by.',
    passwordHint: 'At least 10 characters. A sentence is easy to remember.',
    noToken: 'This address lacks its one-time code. Open the whole link that the first start printed.',
    again: 'Or log in, if you have an account.',
  },
};
