import { type Engine, httpAnswers } from './engine.js';

export interface DynamodbLocalOptions {
  readonly java: string;
  readonly port: number;
  /** The jars, and the native libraries of its SQLite. */
  readonly libraries: string;
}

/** Amazon's DynamoDB Local: in memory, and one database whatever the caller's key and Region. */
export function dynamodbLocalEngine({ java, port, libraries }: DynamodbLocalOptions): Engine {
  const url = `http://127.0.0.1:${port}`;
  return {
    name: 'dynamodb-local',
    command: java,
    args: [
      '-Xmx512m',
      `-Djava.library.path=${libraries}`,
      '-DDDBLocalTelemetry=false',
      '-cp',
      `${libraries}/*`,
      'com.amazonaws.services.dynamodbv2.local.main.ServerRunner',
      '-inMemory',
      '-sharedDb',
      '-disableTelemetry',
      '-port',
      String(port),
    ],
    url,
    answers: () => httpAnswers(url),
    readyText: null,
  };
}
