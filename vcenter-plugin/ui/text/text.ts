import { en } from './en';

export type TextKey = keyof typeof en;
export type Values = Readonly<Record<string, string | number>>;
export type Catalogue = Readonly<Record<TextKey, string>>;

/** One entry a language; a catalogue that lacks a key does not compile. */
const CATALOGUES: Readonly<Record<string, Catalogue>> = { en };

let locale = 'en';
let formatLocale = 'en';

/** Chooses the language by its first part; one that we do not have is English, with that locale's dates and numbers. */
export function speak(wanted: string): void {
    locale = wanted;
    formatLocale = safeLocale();
}

export function t(key: TextKey, values: Values = {}): string {
    const catalogue = CATALOGUES[locale.split('-')[0] ?? 'en'] ?? en;
    return catalogue[key].replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export function bytes(count: number): string {
    const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'];
    let value = count;
    let unit = 0;
    while (value >= 1024 && unit < units.length - 1) {
        value /= 1024;
        unit++;
    }
    return `${number(value)} ${units[unit] ?? ''}`;
}

export function number(value: number): string {
    return numbers().format(value);
}

export function time(when: string | Date): string {
    const date = new Date(when);
    if (Number.isNaN(date.getTime())) return String(when);
    return dates().format(date);
}

// Making a format costs more than using it a hundred times.
const formats = new Map<string, Intl.DateTimeFormat>();
const numberFormats = new Map<string, Intl.NumberFormat>();

function numbers(): Intl.NumberFormat {
    const name = formatLocale;
    let format = numberFormats.get(name);
    if (format === undefined) {
        format = new Intl.NumberFormat(name, { maximumFractionDigits: 1 });
        numberFormats.set(name, format);
    }
    return format;
}

function dates(): Intl.DateTimeFormat {
    const name = formatLocale;
    let format = formats.get(name);
    if (format === undefined) {
        format = new Intl.DateTimeFormat(name, {
            year: 'numeric',
            month: '2-digit',
            day: '2-digit',
            hour: 'numeric',
            minute: '2-digit',
            second: '2-digit',
        });
        formats.set(name, format);
    }
    return format;
}

function safeLocale(): string {
    try {
        return Intl.getCanonicalLocales(locale)[0] ?? 'en';
    } catch {
        return 'en';
    }
}
