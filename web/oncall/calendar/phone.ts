import { useEffect, useState } from 'preact/hooks';

/** True if the page is narrow enough for the phone calendar. The shell changes at the same width. */
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
