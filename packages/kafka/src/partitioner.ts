import { Partitioners, type ICustomPartitioner, type Message, type RecordMetadata } from 'kafkajs';

export interface Placement {
  createPartitioner: ICustomPartitioner;
  /**
   * Messages whose partition is not among those that the broker confirmed. kafkajs reports success without having sent them
   * when a partition moves, between two attempts, to a broker that has answered already.
   */
  unconfirmed: (messages: Message[], confirmed: RecordMetadata[]) => Message[];
}

/**
 * Places messages as Java's clients do, by murmur2 of the key, and remembers where. Messages without a key go by their
 * value: kafkajs would deal them out anew on every attempt, and then a broker that got the first attempt takes a different
 * batch for a repetition of it, and drops it.
 */
export function createPlacement(): Placement {
  const places = new WeakMap<Message, number>();
  return {
    createPartitioner: () => {
      const byKey = Partitioners.DefaultPartitioner();
      return (args) => {
        const { message } = args;
        const key = message.key ?? message.value ?? 'none';
        const partition = byKey({ ...args, message: { ...message, key } });
        places.set(message, partition);
        return partition;
      };
    },
    unconfirmed: (messages, confirmed) => {
      const partitions = new Set(
        confirmed.filter(({ errorCode }) => errorCode === 0).map(({ partition }) => partition),
      );
      return messages.filter((message) => !partitions.has(places.get(message) ?? -1));
    },
  };
}
