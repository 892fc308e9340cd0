import { parts } from '../text/parts';

export const SEVERITY_CHOICES = Object.entries(parts.severity).map(([value, text]) => ({ value, text }));
