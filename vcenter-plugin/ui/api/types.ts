import type { components, paths } from '../generated/api';

type Schemas = components['schemas'];
export type Overview = Schemas['Overview'];
export type Attention = Schemas['Attention'];
export type Session = Schemas['Session'];
export type Privilege = Schemas['Privilege'];
export type ServerStatus = Schemas['ServerStatus'];
export type GpuStatus = Schemas['GpuStatus'];
export type ClientStatus = Schemas['ClientStatus'];
export type LeaseStatus = Schemas['LeaseStatus'];
export type Vcenter = Schemas['Vcenter'];
export type ServerCertificate = Schemas['ServerCertificate'];
export type Finding = Schemas['Finding'];
export type Vm = Schemas['Vm'];
export type Host = Schemas['Host'];
export type Paths = paths;

type Method = 'get' | 'post' | 'put' | 'delete';
type Operation<P extends keyof paths, M extends Method> = paths[P][M & keyof paths[P]];
type Body<R> = R extends { content: { 'application/json': infer T } } ? T : void;

/** The paths that have an operation of that method. */
export type PathOf<M extends Method> = {
    [P in keyof paths]: Operation<P, M> extends { responses: unknown } ? P : never;
}[keyof paths];

/** What the operation answers when it does what was asked. */
export type Answer<P extends keyof paths, M extends Method> =
    Operation<P, M> extends { responses: infer R } ? Body<R[keyof R & (200 | 201 | 202)]> : never;

/** What the operation wants to be given. */
export type Request<P extends keyof paths, M extends Method> =
    Operation<P, M> extends { requestBody: { content: { 'application/json': infer T } } } ? T : undefined;
