import { provideZonelessChangeDetection } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { provideNoopAnimations } from '@angular/platform-browser/animations';
import { Api } from './api/api';
import { Bridge, connect } from './bridge/bridge';
import { reason } from './live/live';
import { Shell } from './shell/shell';
import { t } from './text/text';

// The bridge comes first: without it nobody knows where the API is, or by which token it is asked.
async function main(): Promise<void> {
    const bridge = await connect(window);
    document.documentElement.lang = bridge.locale;
    await bootstrapApplication(Shell, {
        providers: [
            provideZonelessChangeDetection(),
            // Clarity's modal brings movements of its own, and an engine for them is needed; the pages stand still.
            provideNoopAnimations(),
            { provide: Bridge, useValue: bridge },
            { provide: Api, useValue: new Api(bridge) },
        ],
    });
}

// Where nothing could be started there is no shell that could say so.
function tell(error: unknown): void {
    const dark = matchMedia('(prefers-color-scheme: dark)').matches;
    document.body.setAttribute('cds-theme', dark ? 'dark' : 'light');
    const content = document.createElement('main');
    content.className = 'p-content';
    const sentence = document.createElement('p');
    sentence.setAttribute('role', 'alert');
    sentence.textContent = t('state.unreachable', { why: reason(error) });
    const again = document.createElement('button');
    again.className = 'btn';
    again.textContent = t('state.again');
    again.addEventListener('click', () => location.reload());
    const heading = document.createElement('h1');
    heading.textContent = t('app.name');
    content.append(heading, sentence, again);
    document.body.replaceChildren(content);
}

main().catch(tell);
