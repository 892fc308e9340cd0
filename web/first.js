// Runs before the first drawing, so that the other theme does not flash. The build writes it into the shell, whose
// policy allows it by its hash. web/theme.ts stores the choice on this device.
(() => {
  const root = document.documentElement;
  try {
    const theme = localStorage.getItem('theme');
    if (theme === 'light' || theme === 'dark') root.dataset.theme = theme;
    const density = localStorage.getItem('density');
    if (density === 'compact') root.dataset.density = density;
  } catch {
    // Storage is disabled: the system's theme applies.
  }
})();
