/**
 * How far a message came: it waits for a connection of the pool, its session is being opened (connection, greeting, TLS,
 * log-in), or the session is open and the message itself is under way (MAIL FROM, RCPT TO, DATA).
 */
export type SmtpPhase = 'queued' | 'session' | 'message';

/** A line of the mailer's log. */
interface LogEntry {
  tnx?: string;
  action?: string;
  messageId?: string;
}

/**
 * Follows the phases of messages in the log of a nodemailer pool. The pool reports a time-out without its phase; only its
 * log shows which session is open.
 */
export function smtpPhases() {
  const phases = new Map<string, SmtpPhase>();

  function read({ tnx, action, messageId }: LogEntry): void {
    const id = messageId === undefined ? undefined : withoutBrackets(messageId);
    if (id === undefined || !phases.has(id)) return;
    if (tnx === 'send') phases.set(id, 'message');
    else if (action === 'assign') phases.set(id, 'session');
    else if (action === 'requeue') phases.set(id, 'queued');
  }

  return {
    /** For the options of the transport. It prints nothing. */
    logger: {
      level: () => {},
      ...{ trace: read, debug: read, info: read, warn: read, error: read, fatal: read },
    },
    /** Returns a function that returns the present phase of the message. */
    follow(messageId: string): () => SmtpPhase {
      const id = withoutBrackets(messageId);
      phases.set(id, 'queued');
      return () => phases.get(id) ?? 'queued';
    },
    forget: (messageId: string): void => void phases.delete(withoutBrackets(messageId)),
  };
}

const withoutBrackets = (messageId: string): string => messageId.replace(/[<>\s]/g, '');
