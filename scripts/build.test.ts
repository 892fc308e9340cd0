import { asAscii } from './build';

test('a bundle has ASCII only', () => {
  expect(asAscii("// the request’s URL 😀\nconst zone = 'é';\n")).toBe(
    "// the request\\u2019s URL \\ud83d\\ude00\nconst zone = '\\u00e9';\n",
  );
});
