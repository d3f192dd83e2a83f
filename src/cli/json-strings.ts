/** Texts of a file whose lines are JSON strings. */
import { readText } from '../config/read-text.ts';
import { FettleError, type Problem } from '../errors.ts';

/** @throws FettleError FETTLE_DATA with every line that is no JSON string, FETTLE_DATA_EMPTY, FETTLE_FILE_NOT_FOUND, FETTLE_DATA_ENCODING */
export async function readJsonStrings(file: string): Promise<string[]> {
  const problems: Problem[] = [];
  const lines = (await readText(file, { what: 'texts', notUtf8: 'FETTLE_DATA_ENCODING' })).split('\n');
  const texts = lines.flatMap((content, i): string[] => {
    if (content.trim() === '') return [];
    const value = parseString(content);
    if (value !== undefined) return [value];
    problems.push({
      file,
      line: i + 1,
      message: `expected a JSON string, found ${content.trim().slice(0, 40)}`,
      hint: 'such as "two\\nlines", in double quotes',
    });
    return [];
  });
  if (problems.length > 0)
    throw new FettleError('FETTLE_DATA', `expected a JSON string on each line of ${file}, found ${problems.length} other lines`, {
      problems,
    });
  if (texts.length === 0) throw new FettleError('FETTLE_DATA_EMPTY', `expected a JSON string on each line of ${file}, found nothing`);
  return texts;
}

function parseString(json: string): string | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'string' ? value : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
