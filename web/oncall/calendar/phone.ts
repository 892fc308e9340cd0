import { useEffect, useState } from 'preact/hooks';

/** Whether the page is so narrow that days go down instead of across; the same width at which the shell changes. */
const PHONE = '(max-width: 767px)';

export function usePhone(): boolean {
  const [phone, setPhone] = useState(() => matchMedia(PHONE).matches);
  useEffect(() => {
    const media = matchMedia(PHONE);
    const change = () => setPhone(media.matches);
    media.addEventListener('change', change);
    return () => media.removeEventListener('change', change);
  }, []);
  return phone;
}
