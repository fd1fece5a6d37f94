// From one store to another.

import { SkyfetchError } from './error.js';
import { split, type TaskOptions } from './run.js';
import type { StoredObject } from './models.js';
import type { Storage } from './storage.js';
import type { ContainerName, CopyToOptions, Download, ObjectName, ObjectOptions, UploadOptions } from './storage-models.js';

/** What an object was stored with, as far as an upload can say it again. */
function kept(file: Download): ObjectOptions {
  const options: ObjectOptions = {};
  if (file.contentType !== null) options.contentType = file.contentType;
  if (Object.keys(file.metadata).length > 0) options.metadata = { ...file.metadata };
  const headers = [['cacheControl', 'cache_control'], ['contentDisposition', 'content_disposition'], ['contentEncoding', 'content_encoding']] as const;
  for (const [option, name] of headers) {
    const value = file.extra[name];
    if (typeof value === 'string' && value !== '') options[option] = value;
  }
  return options;
}

/** See `Storage.copyTo`. */
export async function copyTo(from: Storage, container: ContainerName, name: ObjectName, to: Storage, toContainer: ContainerName, toName: ObjectName, options: CopyToOptions): Promise<StoredObject> {
  const { task, own } = split(options as TaskOptions & Record<string, unknown>);
  const { version, verify, fromCustomerKey, ...given } = own as CopyToOptions;
  const source = { ...task, resume: true, ...(verify && { verify }), ...(version !== undefined && { version }), ...(fromCustomerKey !== undefined && { customerKey: fromCustomerKey }) };
  const file = await from.download(container, name, source);
  const as = kept(file);
  // A runtime undoes the encoding that it knows: what arrives is plain, and of another length.
  if (file.length === undefined) delete as.contentEncoding;
  const how: UploadOptions = { ...as, ...task, ...given };
  if (file.length !== undefined) how.size = file.length;
  try {
    return await to.upload(toContainer, toName, file.body, how);
  } catch (error) {
    // Which side failed: a body that broke off tells the upload only that it did.
    throw error instanceof SkyfetchError && error.cause instanceof SkyfetchError ? error.cause : error;
  }
}
