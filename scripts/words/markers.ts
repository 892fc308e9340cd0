/** A phrase whose pronoun or verb has no clear meaning without the surrounding text. */
interface Marker {
  name: string;
  /** Must carry the flag `g`. */
  pattern: RegExp;
}

/**
 * Phrases to avoid: pronouns for actors that have a name, verbs that make data act like a person, and German word order
 * ("where" for "if", "of" in front). A match is a hint for writers; it can be good English in its place.
 */
const MARKERS: readonly Marker[] = [
  { name: 'whoever', pattern: /\bwho(?:m)?(?:so)?ever\b/gi },
  { name: 'whom', pattern: /\bwhom\b/gi },
  { name: 'somebody', pattern: /\b(?:some|no)body\b/gi },
  { name: 'who …', pattern: /(?:^|[.;:] )who (?!is on call\b)(?![^.]*\?)/gi },
  { name: 'what is …', pattern: /\bwhat (?:is|was|are|were|has|had|became|becomes|comes|came)\b(?![^.]*\?)/gi },
  { name: 'told', pattern: /\btold\b/gi },
  { name: 'tell', pattern: /\btell(?:s|ing)?\b/gi },
  { name: 'says', pattern: /\b(?:says?|said|saying)\b/gi },
  { name: 'hears', pattern: /\b(?:hears?|heard)\b/gi },
  { name: 'stands', pattern: /\b(?:stands?|stood|standing)\b/gi },
  { name: 'wound up', pattern: /\b(?:wound|winds?|winding) up\b/gi },
  { name: 'promises', pattern: /\bpromise[sd]\b/g },
  { name: 'anew', pattern: /\banew\b/gi },
  { name: 'besides', pattern: /\bbesides\b/gi },
  {
    name: 'where (if)',
    pattern:
      /(?:^|[.,;:(] ?|\b(?:also|even|only|except|and|but) )where (?:the|an?|its?|they|there|one|that|this|these|those|what|all|each|both|some)\b|\bwhere (?:it|they|there|nothing|none?|not)\b/gi,
  },
  { name: 'of … (in front)', pattern: /(?:^|[.;:] )of (?:an?|the|those|what|all|each|one|two|some)\b/gi },
];

/** The names of the markers in `text`, one per occurrence, in the order of the list. */
export const markersIn = (text: string): string[] =>
  MARKERS.flatMap(({ name, pattern }) => [...text.matchAll(pattern)].map(() => name));

/** Counts words of letters; numbers, symbols and code do not count. */
export const wordsIn = (text: string): number => text.match(/[a-z][a-z'’-]*/gi)?.length ?? 0;
