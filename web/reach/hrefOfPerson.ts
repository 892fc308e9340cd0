/** The address of the page of a person. Apart from the methods, because pages with only a link do not need their words. */
export const hrefOfPerson = (email: string): string => `/people/${encodeURIComponent(email)}`;
