/**
 * uPlot formats by the browser's language when it is loaded, and some browsers report an invalid one (`en-US@posix` on
 * systems without a locale: kiosks, wall screens). Then the language of the page is used.
 */
try {
  Intl.getCanonicalLocales(navigator.language);
} catch {
  Object.defineProperty(navigator, 'language', { configurable: true, value: 'en' });
}
