import type { FanoutOptions, Runner, TaskOptions } from './run.js';
import { pause, settle, split } from './run.js';
import { ServiceBase } from './service.js';
import type { CreateNode, CreateVolume, Id, KeyPair, Network, Node, NodeImage, NodeLocation, NodeSize, NodeState, SecurityGroup, SecurityGroupRule, Volume, VolumeSnapshot } from './models.js';

/** A node that appeared, changed its state or addresses, or went. */
export interface NodeChange {
  type: 'added' | 'changed' | 'removed';
  node: Node;
  /** The node before; absent when it was added. */
  before?: Node;
}

/** Compute: nodes, and what a node is made from. Wherever a node, size or image is wanted, its id will do. */
export class Compute extends ServiceBase {
  /** @internal */
  protected override of(runner: Runner): this {
    return new Compute(runner) as this;
  }

  /** All nodes, every page of them. */
  listNodes(options?: TaskOptions): Promise<readonly Node[]> {
    return this.run('listNodes', [], options);
  }
  /** All nodes, as their pages come. */
  nodes(options?: TaskOptions): AsyncGenerator<Node, void> {
    return this.items('listNodes', [], options);
  }
  getNode(node: Id<Node>, options?: TaskOptions): Promise<Node> {
    return this.run('getNode', [node], options);
  }
  /** Creates a node. It boots for a while yet: see `waitUntil`. */
  createNode(spec: CreateNode, options?: TaskOptions): Promise<Node> {
    return this.run('createNode', [spec], options);
  }
  /** Creates many nodes, so many at once, and settles each: the results are in the order of the specs. */
  createNodes(specs: Iterable<CreateNode>, options: FanoutOptions = {}): Promise<PromiseSettledResult<Node>[]> {
    const all = [...specs];
    return settle(all.length, options, (i) => this.createNode(all[i]!, split(options as FanoutOptions & Record<string, unknown>).task));
  }
  destroyNode(node: Id<Node>, options?: TaskOptions): Promise<void> {
    return this.run('destroyNode', [node], options);
  }
  /** Restarts a node; `soft` has its system do it, where the provider lets one choose. */
  rebootNode(node: Id<Node>, options?: TaskOptions & { soft?: boolean }): Promise<void> {
    return this.runWith('rebootNode', [node], options);
  }
  startNode(node: Id<Node>, options?: TaskOptions): Promise<void> {
    return this.run('startNode', [node], options);
  }
  stopNode(node: Id<Node>, options?: TaskOptions): Promise<void> {
    return this.run('stopNode', [node], options);
  }

  /**
   * Waits until a node is in a state, polling every `interval` milliseconds (2,000), and gives it. Rejects with
   * `conflict` when the node fails or goes on the way.
   */
  async waitUntil(node: Id<Node>, state: NodeState, options: TaskOptions & { interval?: number } = {}): Promise<Node> {
    const { task, own } = split(options as TaskOptions & Record<string, unknown>);
    const json = await this.runner.call('waitUntil', [node, state, own], task);
    return Object.freeze(JSON.parse(json as string)) as Node;
  }

  /**
   * Polls the nodes every `interval` milliseconds (2,000) and gives each change. The first round gives every node as added.
   * Ends when the signal fires, by rejecting with `cancelled`, or when the loop is left.
   */
  async *watch(options: TaskOptions & { interval?: number } = {}): AsyncGenerator<NodeChange, void> {
    const { interval = 2_000, ...task } = options;
    let before = new Map<string, Node>();
    for (;;) {
      const after = new Map((await this.listNodes(task)).map((node) => [node.id, node]));
      for (const node of after.values()) {
        const old = before.get(node.id);
        if (!old) yield { type: 'added', node };
        else if (old.state !== node.state || String(old.publicIps) !== String(node.publicIps) || String(old.privateIps) !== String(node.privateIps))
          yield { type: 'changed', node, before: old };
      }
      for (const node of before.values()) if (!after.has(node.id)) yield { type: 'removed', node, before: node };
      before = after;
      await pause(interval, options.signal);
    }
  }

  /** Gives a node another size; it may have to be stopped for it. */
  resizeNode(node: Id<Node>, size: Id<NodeSize>, options?: TaskOptions): Promise<void> {
    return this.run('resizeNode', [node, size], options);
  }
  /** Puts an image on a node again; what was on its disk is lost. */
  rebuildNode(node: Id<Node>, image: Id<NodeImage>, options?: TaskOptions): Promise<void> {
    return this.run('rebuildNode', [node, image], options);
  }
  listSizes(options?: TaskOptions): Promise<readonly NodeSize[]> {
    return this.run('listSizes', [], options);
  }
  /** Images; `owner` narrows or widens the list where the provider can. */
  listImages(options?: TaskOptions & { owner?: string }): Promise<readonly NodeImage[]> {
    return this.runWith('listImages', [], options);
  }
  getImage(image: Id<NodeImage>, options?: TaskOptions): Promise<NodeImage> {
    return this.run('getImage', [image], options);
  }
  /** Makes an image of a node. */
  createImage(node: Id<Node>, name: string, options?: TaskOptions & { description?: string }): Promise<NodeImage> {
    return this.runWith('createImage', [node, name], options);
  }
  deleteImage(image: Id<NodeImage>, options?: TaskOptions): Promise<void> {
    return this.run('deleteImage', [image], options);
  }
  /** Copies an image from another region to the account's. */
  copyImage(sourceRegion: string, image: Id<NodeImage>, name: string, options?: TaskOptions & { description?: string }): Promise<NodeImage> {
    return this.runWith('copyImage', [sourceRegion, image, name], options);
  }
  listLocations(options?: TaskOptions): Promise<readonly NodeLocation[]> {
    return this.run('listLocations', [], options);
  }

  listVolumes(options?: TaskOptions): Promise<readonly Volume[]> {
    return this.run('listVolumes', [], options);
  }
  getVolume(volume: Id<Volume>, options?: TaskOptions): Promise<Volume> {
    return this.run('getVolume', [volume], options);
  }
  createVolume(spec: CreateVolume, options?: TaskOptions): Promise<Volume> {
    return this.run('createVolume', [spec], options);
  }
  attachVolume(node: Id<Node>, volume: Id<Volume>, options?: TaskOptions & { device?: string }): Promise<void> {
    return this.runWith('attachVolume', [node, volume], options);
  }
  detachVolume(volume: Id<Volume>, options?: TaskOptions): Promise<void> {
    return this.run('detachVolume', [volume], options);
  }
  destroyVolume(volume: Id<Volume>, options?: TaskOptions): Promise<void> {
    return this.run('destroyVolume', [volume], options);
  }
  /** Snapshots of a volume, or of all volumes. */
  listVolumeSnapshots(volume?: Id<Volume> | null, options?: TaskOptions): Promise<readonly VolumeSnapshot[]> {
    return this.run('listVolumeSnapshots', [volume ?? null], options);
  }
  createVolumeSnapshot(volume: Id<Volume>, options?: TaskOptions & { name?: string }): Promise<VolumeSnapshot> {
    return this.runWith('createVolumeSnapshot', [volume], options);
  }
  destroyVolumeSnapshot(snapshot: Id<VolumeSnapshot>, options?: TaskOptions): Promise<void> {
    return this.run('destroyVolumeSnapshot', [snapshot], options);
  }

  listKeyPairs(options?: TaskOptions): Promise<readonly KeyPair[]> {
    return this.run('listKeyPairs', [], options);
  }
  getKeyPair(name: string, options?: TaskOptions): Promise<KeyPair> {
    return this.run('getKeyPair', [name], options);
  }
  /** Has the provider make a key pair; the answer alone holds the private key. */
  createKeyPair(name: string, options?: TaskOptions): Promise<KeyPair> {
    return this.run('createKeyPair', [name], options);
  }
  /** Registers a public key in OpenSSH format. */
  importKeyPair(name: string, publicKey: string, options?: TaskOptions): Promise<KeyPair> {
    return this.run('importKeyPair', [name, publicKey], options);
  }
  deleteKeyPair(keyPair: string | { readonly name: string }, options?: TaskOptions): Promise<void> {
    return this.run('deleteKeyPair', [keyPair], options);
  }

  /** A node's tags or metadata. */
  listTags(node: Id<Node>, options?: TaskOptions): Promise<Readonly<Record<string, string>>> {
    return this.run('listTags', [node], options);
  }
  /** Sets tags or metadata; those not named stay. */
  setTags(node: Id<Node>, tags: Record<string, string>, options?: TaskOptions): Promise<void> {
    return this.run('setTags', [node, tags], options);
  }
  deleteTags(node: Id<Node>, names: readonly string[], options?: TaskOptions): Promise<void> {
    return this.run('deleteTags', [node, names], options);
  }

  listNetworks(options?: TaskOptions): Promise<readonly Network[]> {
    return this.run('listNetworks', [], options);
  }
  createNetwork(name: string, cidr: string, options?: TaskOptions): Promise<Network> {
    return this.run('createNetwork', [name, cidr], options);
  }
  deleteNetwork(network: Id<Network>, options?: TaskOptions): Promise<void> {
    return this.run('deleteNetwork', [network], options);
  }
  listSecurityGroups(options?: TaskOptions): Promise<readonly SecurityGroup[]> {
    return this.run('listSecurityGroups', [], options);
  }
  createSecurityGroup(name: string, options?: TaskOptions & { description?: string }): Promise<SecurityGroup> {
    return this.runWith('createSecurityGroup', [name], options);
  }
  deleteSecurityGroup(group: Id<SecurityGroup>, options?: TaskOptions): Promise<void> {
    return this.run('deleteSecurityGroup', [group], options);
  }
  addSecurityGroupRule(group: Id<SecurityGroup>, rule: SecurityGroupRule, options?: TaskOptions): Promise<void> {
    return this.run('addSecurityGroupRule', [group, rule], options);
  }
}
