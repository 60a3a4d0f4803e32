import type { ApprovalStatus } from '../../src/domain/model.js';

export interface SelfManagedModelSeed {
  readonly name: string;
  readonly description: string;
  readonly owner: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly versions: readonly SelfManagedVersionSeed[];
}

/** The oldest first. */
export interface SelfManagedVersionSeed {
  readonly description: string;
  readonly artifact: string;
  readonly framework: string;
  readonly frameworkVersion: string;
  readonly metadata: Readonly<Record<string, string>>;
  readonly status: ApprovalStatus;
}

const STORE = 'https://artifacts.example.com/models';

export const SELF_MANAGED_MODELS: readonly SelfManagedModelSeed[] = [
  {
    name: 'pricing-elasticity',
    description: 'How demand answers to a change of price, per article group',
    owner: 'pricing',
    tags: { team: 'commercial', language: 'R' },
    versions: [
      {
        description: 'Log-log regression',
        artifact: `${STORE}/pricing/1.rds`,
        framework: 'r-base',
        frameworkVersion: '4.5.1',
        metadata: { r2: '0.62' },
        status: 'APPROVED',
      },
      {
        description: 'Bayesian hierarchy over article groups',
        artifact: `${STORE}/pricing/2.rds`,
        framework: 'brms',
        frameworkVersion: '2.22.0',
        metadata: { r2: '0.71' },
        status: 'PENDING',
      },
    ],
  },
  {
    name: 'warehouse-slotting',
    description: 'Which article lies in which slot, so that pickers walk less',
    owner: 'logistics',
    tags: { team: 'operations-research', solver: 'cp-sat' },
    versions: [
      {
        description: 'Greedy by turnover',
        artifact: `${STORE}/slotting/1.onnx`,
        framework: 'onnx',
        frameworkVersion: '1.18.0',
        metadata: { walk_reduction: '0.08' },
        status: 'REJECTED',
      },
      {
        description: 'Affinity of articles in one order',
        artifact: `${STORE}/slotting/2.onnx`,
        framework: 'onnx',
        frameworkVersion: '1.19.0',
        metadata: { walk_reduction: '0.14' },
        status: 'APPROVED',
      },
    ],
  },
  {
    name: 'predictive-maintenance',
    description: 'Hours until a conveyor motor needs service',
    owner: 'plant-engineering',
    tags: { team: 'maintenance', 'runs-on': 'edge' },
    versions: [
      {
        description: 'Vibration spectrum, gradient boosting',
        artifact: `${STORE}/maintenance/1.tflite`,
        framework: 'tflite',
        frameworkVersion: '2.19.0',
        metadata: { mae_hours: '21.4' },
        status: 'APPROVED',
      },
      {
        description: 'Adds motor temperature',
        artifact: `${STORE}/maintenance/2.tflite`,
        framework: 'tflite',
        frameworkVersion: '2.19.0',
        metadata: { mae_hours: '17.9' },
        status: 'PENDING',
      },
    ],
  },
];
