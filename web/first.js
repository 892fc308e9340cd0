// Runs before anything is drawn, so that nobody sees the other theme flash by. A file of its own, because the page
// allows no inline script. What is kept on this device is written by web/theme.ts.
(() => {
  const root = document.documentElement;
  try {
    const theme = localStorage.getItem('theme');
    if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
    const density = localStorage.getItem('density');
    if (density === 'compact') root.dataset.density = density;
  } catch {
    // Storage is closed to us: the system's theme it is.
  }
})();
