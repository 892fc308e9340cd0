/** The health check of a container: exits with 1 unless this process is ready to work. */
const PORT = process.env['PORT'] || '8080';

async function check(): Promise<void> {
  const answer = await fetch(`http://127.0.0.1:${PORT}/health/ready`).catch((error: Error) => error);
  if (!(answer instanceof Error) && answer.ok) return;
  const reason =
    answer instanceof Error
      ? `${answer.cause ?? answer}`
      : `/health/ready answered ${answer.status}: ${await answer.text()}`;
  console.error(reason);
  process.exitCode = 1;
}

void check();
