import { parts } from '../words/parts';

export const SEVERITY_CHOICES = Object.entries(parts.severity).map(([value, text]) => ({ value, text }));
