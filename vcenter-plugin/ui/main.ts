import { provideZonelessChangeDetection } from '@angular/core';
import { bootstrapApplication } from '@angular/platform-browser';
import { Api } from './api/api';
import { connect } from './bridge/bridge';
import { Shell } from './shell/shell';
import { Bridge } from './bridge/bridge';

// The bridge comes first: without it nobody knows where the API is, or by which token it is asked.
async function main(): Promise<void> {
    const bridge = await connect(window);
    document.documentElement.lang = bridge.locale;
    await bootstrapApplication(Shell, {
        providers: [
            provideZonelessChangeDetection(),
            { provide: Bridge, useValue: bridge },
            { provide: Api, useValue: new Api(bridge) },
        ],
    });
}

void main();
