/**
 * uPlot formats by the browser's language as soon as it is loaded, and some browsers name one that no formatter takes
 * (`en-US@posix`, where the system has no locale: kiosks, wall screens). Then the page's own language stands in.
 */
try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { configurable: true, value: 'en' });
}
