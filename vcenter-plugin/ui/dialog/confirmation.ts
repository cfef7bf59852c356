import type { TextKey } from '../text/text';

/** What a page asks before it does something that cannot be taken back. */
export interface Confirmation {
    readonly heading: string;
    readonly text: string;
    readonly label: TextKey;
    readonly deed: () => Promise<unknown>;
}
