import { ChangeDetectionStrategy, Component, computed, inject, output, signal } from '@angular/core';
import { Api } from '../../api/api';
import { Dialog } from '../../dialog/dialog';
import { t, type TextKey } from '../../text/text';
import { changePassword, faultOfChange } from './client';

type Field = 'current' | 'first' | 'second';

const FIELDS: readonly { readonly id: Field; readonly title: TextKey; readonly fill: string }[] = [
    { id: 'current', title: 'password.current', fill: 'current-password' },
    { id: 'first', title: 'password.new', fill: 'new-password' },
    { id: 'second', title: 'password.repeat', fill: 'new-password' },
];

/** Changes the administrator's password; the typed ones live no longer than this dialog. */
@Component({
    selector: 'p-password',
    changeDetection: ChangeDetectionStrategy.OnPush,
    imports: [Dialog],
    template: `
        <p-dialog
            [heading]="t('password.title')"
            label="password.do"
            [whyNot]="whyNot()"
            [deed]="change"
            (closed)="closed.emit(changed)"
        >
            <p>{{ t('password.effect') }}</p>
            @for (field of fields; track field.id) {
                <label class="clr-control-label" [for]="'p-' + field.id">{{ t(field.title) }}</label>
                <input
                    [id]="'p-' + field.id"
                    class="clr-input"
                    type="password"
                    [attr.autocomplete]="field.fill"
                    (input)="type(field.id, $event)"
                />
            }
        </p-dialog>
    `,
})
export class Password {
    /** Whether it was changed. */
    readonly closed = output<boolean>();
    protected readonly t = t;
    protected readonly fields = FIELDS;
    protected changed = false;
    private readonly typed = signal<Readonly<Record<Field, string>>>({ current: '', first: '', second: '' });
    private readonly api = inject(Api);

    protected readonly whyNot = computed(() => {
        const { current, first, second } = this.typed();
        const fault = faultOfChange(current, first, second);
        return fault && t(fault);
    });

    protected type(field: Field, event: Event): void {
        const value = (event.target as HTMLInputElement).value;
        this.typed.update((old) => ({ ...old, [field]: value }));
    }

    protected readonly change = async (): Promise<void> => {
        const { current, first } = this.typed();
        await changePassword(this.api, { current, password: first });
        this.changed = true;
    };
}
