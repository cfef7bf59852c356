import type { TextKey } from '../text/text';

export type Tone = 'success' | 'warning' | 'danger' | 'info' | 'none';

/** One column of a table, as data: what it shows, what it sorts by, how wide it is. */
export interface Column<Row> {
    readonly id: string;
    readonly title: TextKey;
    readonly text: (row: Row) => string;
    readonly sort?: (row: Row) => string | number;
    readonly tone?: (row: Row) => Tone;
    readonly share?: number;
    readonly right?: boolean;
}

/** What may be done to a row. `whyNot` says why it may not be done, or undefined where it may. */
export interface Action<Row> {
    readonly id: string;
    readonly title: TextKey;
    readonly whyNot: (row: Row | undefined) => string | undefined;
    readonly run: (row: Row | undefined) => void;
}

/** The rows that hold every word of the filter, in the order of the column. */
export function arrange<Row>(
    rows: readonly Indexed<Row>[],
    filter: string,
    by: Column<Row> | undefined,
    down: boolean,
): readonly Indexed<Row>[] {
    const words = filter.toLowerCase().split(/\s+/).filter(Boolean);
    const fit = words.length === 0 ? rows : rows.filter((row) => words.every((word) => row.words().includes(word)));
    if (by === undefined) return fit;
    const key = by.sort ?? by.text;
    const keyed = fit.map((row) => ({ row, key: key(row.row) }));
    keyed.sort((a, b) => compare(a.key, b.key) * (down ? -1 : 1));
    return keyed.map((each) => each.row);
}

/** A row with the words of its cells, which are read once, and only where a filter looks for them. */
export class Indexed<Row> {
    private read: string | undefined;

    constructor(
        readonly row: Row,
        readonly id: string,
        private readonly columns: readonly Column<Row>[],
    ) {}

    words(): string {
        return (this.read ??= this.columns
            .map((column) => column.text(this.row))
            .join(' ')
            .toLowerCase());
    }
}

export function index<Row>(
    rows: readonly Row[],
    columns: readonly Column<Row>[],
    idOf: (row: Row) => string,
): readonly Indexed<Row>[] {
    return rows.map((row) => new Indexed(row, idOf(row), columns));
}

const SLICE_MILLISECONDS = 8;
const ROWS_A_LOOK = 50;

/**
 * Reads the words of all rows, a few milliseconds at a time, so that nobody feels ten thousand of them; then tells.
 *
 * @returns what ends it before
 */
export function inSlices<Row>(rows: readonly Indexed<Row>[], done: () => void): () => void {
    let at = 0;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const slice = (): void => {
        const until = performance.now() + SLICE_MILLISECONDS;
        while (at < rows.length && performance.now() < until) {
            for (const row of rows.slice(at, at + ROWS_A_LOOK)) row.words();
            at += ROWS_A_LOOK;
        }
        if (at < rows.length) timer = setTimeout(slice);
        else done();
    };
    slice();
    return () => clearTimeout(timer);
}

const collator = new Intl.Collator('en', { numeric: true });

function compare(a: string | number, b: string | number): number {
    if (typeof a === 'number' && typeof b === 'number') return a - b;
    return collator.compare(String(a), String(b));
}
