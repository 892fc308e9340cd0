/** What the container asks itself: whether this process can work. Exits with 1 where it cannot. */
const { PORT = '8080' } = process.env;
const answer = await fetch(`http://127.0.0.1:${PORT || '8080'}/health/ready`).catch((error) => error);
if (!answer.ok) {
  console.error(
    answer.status ? `/health/ready answered ${answer.status}: ${await answer.text()}` : `${answer.cause ?? answer}`,
  );
  process.exitCode = 1;
}
