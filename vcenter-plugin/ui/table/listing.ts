import { ChangeDetectionStrategy, Component, input, model } from '@angular/core';
import type { Confirmation } from '../dialog/confirmation';
import { Dialog } from '../dialog/dialog';
import type { LiveValue } from '../live/live';
import { t, type TextKey } from '../text/text';
import type { Action, Column } from './column';
import { State } from './state';
import { Table } from './table';

/** A page that is one live table: its heading, how old it is, its rows, and the question before a deed. */
@Component({
    selector: 'p-listing',
    changeDetection: ChangeDetectionStrategy.OnPush,
    imports: [Dialog, State, Table],
    template: `
        <h1>{{ t(title()) }}</h1>
        <p-state [of]="loaded().value()" (again)="loaded().again()" />
        @let now = loaded().value();
        @if (now.state === 'ready' || now.state === 'stale') {
            <p-table
                [title]="title()"
                [empty]="empty()"
                [rows]="now.value"
                [columns]="columns()"
                [actions]="actions()"
                [idOf]="idOf()"
            />
            @if (asked(); as asked) {
                <p-dialog
                    [heading]="asked.heading"
                    [label]="asked.label"
                    [danger]="true"
                    [deed]="asked.deed"
                    (closed)="done()"
                >
                    <p>{{ asked.text }}</p>
                </p-dialog>
            }
        }
    `,
})
export class Listing<Row> {
    readonly title = input.required<TextKey>();
    readonly empty = input.required<TextKey>();
    readonly loaded = input.required<LiveValue<readonly Row[]>>();
    readonly columns = input.required<readonly Column<Row>[]>();
    readonly actions = input<readonly Action<Row>[]>([]);
    readonly idOf = input.required<(row: Row) => string>();
    /** What is asked now; closed when it was answered. */
    readonly asked = model<Confirmation | undefined>(undefined);
    protected readonly t = t;

    protected done(): void {
        this.asked.set(undefined);
        this.loaded().again();
    }
}
