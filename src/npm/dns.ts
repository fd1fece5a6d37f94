import type { Runner, TaskOptions } from './run.js';
import { ServiceBase } from './service.js';
import type { DnsRecord, Id, RecordOptions, Zone, ZoneOptions } from './models.js';

/** What would change in a zone, in a safe order; plain data, to show before it is applied. */
export interface DnsPlan {
  readonly zone: string;
  /** How many of the names and types asked for are as they should be. */
  readonly keep: number;
  readonly changes: readonly {
    readonly action: 'create' | 'update' | 'delete';
    readonly name: string;
    readonly type: string;
    readonly ttl: number | null;
    readonly before: readonly string[];
    readonly after: readonly string[];
  }[];
}

/** A record that a zone should have. */
export type DesiredRecord = RecordOptions & { type: string; data: string };

/** DNS: zones and their records. Domains have no final dot; a record's name is relative to its zone. */
export class Dns extends ServiceBase {
  /** @internal */
  protected override of(runner: Runner): this {
    return new Dns(runner) as this;
  }

  listZones(options?: TaskOptions): Promise<readonly Zone[]> {
    return this.run('listZones', [], options);
  }
  /** All zones, as their pages come. */
  zones(options?: TaskOptions): AsyncGenerator<Zone, void> {
    return this.items('listZones', [], options);
  }
  getZone(zone: Id<Zone>, options?: TaskOptions): Promise<Zone> {
    return this.run('getZone', [zone], options);
  }
  createZone(domain: string, options?: ZoneOptions & TaskOptions): Promise<Zone> {
    return this.runWith('createZone', [domain], options);
  }
  updateZone(zone: Id<Zone>, options: ZoneOptions & TaskOptions): Promise<Zone> {
    return this.runWith('updateZone', [zone], options);
  }
  /** Deletes a zone with all its records. */
  deleteZone(zone: Id<Zone>, options?: TaskOptions): Promise<void> {
    return this.run('deleteZone', [zone], options);
  }
  listRecords(zone: Id<Zone>, options?: TaskOptions): Promise<readonly DnsRecord[]> {
    return this.run('listRecords', [zone], options);
  }
  /** All records of a zone, as their pages come. */
  records(zone: Id<Zone>, options?: TaskOptions): AsyncGenerator<DnsRecord, void> {
    return this.items('listRecords', [zone], options);
  }
  getRecord(zone: Id<Zone>, record: Id<DnsRecord>, options?: TaskOptions): Promise<DnsRecord> {
    return this.run('getRecord', [zone, record], options);
  }
  /** Creates a record; others of its name and type stay. */
  createRecord(zone: Id<Zone>, record: DesiredRecord, options?: TaskOptions): Promise<DnsRecord> {
    return this.run('createRecord', [zone, record], options);
  }
  /** Changes one record; what is not given stays, and so do others of its name and type. */
  updateRecord(zone: Id<Zone>, record: Id<DnsRecord>, change: RecordOptions, options?: TaskOptions): Promise<DnsRecord> {
    return this.run('updateRecord', [zone, record, change], options);
  }
  deleteRecord(zone: Id<Zone>, record: Id<DnsRecord>, options?: TaskOptions): Promise<void> {
    return this.run('deleteRecord', [zone, record], options);
  }
  /** Replaces all records of a name and type; none deletes them. */
  replaceRecords(zone: Id<Zone>, name: string, type: string, records: readonly RecordOptions[], options?: TaskOptions): Promise<void> {
    return this.run('replaceRecords', [zone, name, type, records], options);
  }

  /**
   * What would change if the zone had these records: nothing is sent but the look at what it has. Records replace all of
   * their name and type; with `prune`, names and types that are not given go, except the SOA and the apex's NS.
   */
  plan(zone: Id<Zone>, desired: readonly DesiredRecord[], options?: TaskOptions & { prune?: boolean }): Promise<DnsPlan> {
    return this.runWith('plan', [zone, desired], options);
  }
  /** Carries out a plan, and says how much there was to do; stops at the first change that fails, and says which. */
  apply(plan: DnsPlan, options?: TaskOptions): Promise<{ readonly applied: number; readonly skipped: number }> {
    return this.run('apply', [plan], options);
  }
  /** The zone as a zone file (RFC 1035), as BIND reads it. */
  exportZone(zone: Id<Zone>, options?: TaskOptions): Promise<string> {
    return this.run('exportZone', [zone], options);
  }
}
