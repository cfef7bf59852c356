import {
    ChangeDetectionStrategy,
    Component,
    computed,
    effect,
    ElementRef,
    input,
    signal,
    untracked,
    viewChild,
} from '@angular/core';
import { t, type TextKey } from '../text/text';
import { arrange, index, inSlices, type Action, type Column, type Indexed } from './column';

const ROW_PIXELS = 36;
const ROWS_BEYOND = 4;

let tables = 0;

/** A table that draws only the rows in sight, so that ten thousand cost as much as thirty. */
@Component({
    selector: 'p-table',
    changeDetection: ChangeDetectionStrategy.OnPush,
    templateUrl: './table.html',
    host: { class: 'p-table' },
})
export class Table<Row> {
    readonly title = input.required<TextKey>();
    readonly empty = input.required<TextKey>();
    readonly rows = input.required<readonly Row[]>();
    readonly columns = input.required<readonly Column<Row>[]>();
    readonly actions = input<readonly Action<Row>[]>([]);
    readonly idOf = input.required<(row: Row) => string>();

    protected readonly t = t;
    protected readonly prefix = `p-table-${++tables}`;
    protected readonly filter = signal('');
    protected readonly sorted = signal<{ id: string; down: boolean } | undefined>(undefined);
    protected readonly selectedId = signal<string | undefined>(undefined);
    protected readonly top = signal(0);
    protected readonly height = signal(640);
    private readonly viewport = viewChild<ElementRef<HTMLElement>>('viewport');

    /** The rows with what a filter reads of them; new ones take their place, read in slices, where a filter is in use. */
    private readonly indexed = signal<readonly Indexed<Row>[]>([]);
    protected readonly shown = computed(() => {
        const sorted = this.sorted();
        const by = this.columns().find((column) => column.id === sorted?.id);
        return arrange(this.indexed(), this.filter(), by, sorted?.down ?? false);
    });
    protected readonly first = computed(() => {
        const fits = Math.max(0, this.shown().length - 1);
        return Math.max(0, Math.min(fits, Math.floor(this.top() / ROW_PIXELS)) - ROWS_BEYOND);
    });
    protected readonly sight = computed(() => {
        const count = Math.ceil(this.height() / ROW_PIXELS) + 2 * ROWS_BEYOND;
        return this.shown().slice(this.first(), this.first() + count);
    });
    protected readonly before = computed(() => this.first() * ROW_PIXELS);
    protected readonly whole = computed(() => this.shown().length * ROW_PIXELS);
    protected readonly tracks = computed(() =>
        this.columns()
            .map((column) => `minmax(0, ${column.share ?? 1}fr)`)
            .join(' '),
    );
    protected readonly selected = computed(() => this.indexed().find((row) => row.id === this.selectedId())?.row);
    protected readonly buttons = computed(() =>
        this.actions().map((action) => ({ action, whyNot: action.whyNot(this.selected()) })),
    );

    constructor() {
        effect((onCleanup) => {
            const fresh = index(this.rows(), this.columns(), this.idOf());
            const filtered = untracked(this.filter) !== '';
            if (!filtered) this.indexed.set(fresh);
            onCleanup(inSlices(fresh, () => filtered && this.indexed.set(fresh)));
        });
    }

    protected scrolled(event: Event): void {
        const viewport = event.target as HTMLElement;
        this.top.set(viewport.scrollTop);
        this.height.set(viewport.clientHeight);
    }

    protected filtered(event: Event): void {
        this.filter.set((event.target as HTMLInputElement).value);
        this.viewport()?.nativeElement.scrollTo({ top: 0 });
    }

    protected sortBy(column: Column<Row>): void {
        this.sorted.update((old) => ({ id: column.id, down: old?.id === column.id && !old.down }));
    }

    protected order(column: Column<Row>): 'ascending' | 'descending' | 'none' {
        const sorted = this.sorted();
        if (sorted?.id !== column.id) return 'none';
        return sorted.down ? 'descending' : 'ascending';
    }

    // Asked anew: what the button shows may be one picture behind the row that was just selected.
    protected press(action: Action<Row>): void {
        if (action.whyNot(this.selected()) === undefined) action.run(this.selected());
    }

    protected activeId(): string | null {
        const id = this.selectedId();
        return this.sight().some((row) => row.id === id) ? this.rowId(id ?? '') : null;
    }

    protected rowId(id: string): string {
        return `${this.prefix}-${id.replace(/[^A-Za-z0-9_-]/g, '_')}`;
    }

    protected classOf(column: Column<Row>, row: Indexed<Row>): string {
        const tone = column.tone?.(row.row) ?? 'none';
        return tone === 'none' ? '' : `label label-${tone}`;
    }

    protected keyed(event: KeyboardEvent): void {
        const rows = this.shown();
        const at = rows.findIndex((row) => row.id === this.selectedId());
        const page = Math.max(1, Math.floor(this.height() / ROW_PIXELS) - 1);
        const steps: Record<string, number> = {
            ArrowDown: at + 1,
            ArrowUp: at - 1,
            PageDown: at + page,
            PageUp: at - page,
            Home: 0,
            End: rows.length - 1,
        };
        const wanted = steps[event.key];
        if (wanted === undefined || rows.length === 0) return;
        event.preventDefault();
        const next = Math.max(0, Math.min(rows.length - 1, wanted));
        this.selectedId.set(rows[next]?.id);
        this.reveal(next);
    }

    private reveal(row: number): void {
        const viewport = this.viewport()?.nativeElement;
        if (viewport === undefined) return;
        const header = ROW_PIXELS;
        const top = row * ROW_PIXELS;
        if (top < viewport.scrollTop) viewport.scrollTop = top;
        const bottom = top + ROW_PIXELS + header - viewport.clientHeight;
        if (bottom > viewport.scrollTop) viewport.scrollTop = bottom;
    }
}
