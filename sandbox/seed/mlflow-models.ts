export type ValidationStatus = 'pending' | 'approved' | 'rejected';

export interface MlflowModelSeed {
  readonly name: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly experiment: string;
  readonly aliases: Readonly<Record<string, number>>;
  readonly versions: readonly MlflowVersionSeed[];
}

/** One training run and the version registered from it, the oldest first. */
export interface MlflowVersionSeed {
  readonly description: string;
  readonly params: Readonly<Record<string, string>>;
  readonly metrics: Readonly<Record<string, number>>;
  /** Absent: nobody has said. */
  readonly validation?: ValidationStatus;
}

export const MLFLOW_MODELS: readonly MlflowModelSeed[] = [
  {
    name: 'churn-uplift',
    description: 'Who stays because of an offer, rather than who leaves without one',
    tags: { owner: 'customer-analytics', team: 'retention' },
    experiment: 'retention/uplift',
    aliases: { champion: 2, challenger: 3 },
    versions: [
      {
        description: 'Two-model approach',
        params: { learner: 'T', depth: '4', trees: '300' },
        metrics: { qini: 0.061, auuc: 0.573 },
        validation: 'rejected',
      },
      {
        description: 'X-learner',
        params: { learner: 'X', depth: '4', trees: '400' },
        metrics: { qini: 0.084, auuc: 0.611 },
        validation: 'approved',
      },
      {
        description: 'X-learner with propensity weighting',
        params: { learner: 'X', depth: '5', trees: '400' },
        metrics: { qini: 0.089, auuc: 0.618 },
        validation: 'pending',
      },
    ],
  },
  {
    name: 'basket-recommender',
    description: 'Next articles for a basket in the web shop',
    tags: { owner: 'ecommerce', team: 'web-shop', surface: 'basket' },
    experiment: 'web-shop/recommender',
    aliases: { champion: 3 },
    versions: [
      {
        description: 'Item-to-item co-occurrence',
        params: { factors: '0', window: '90d' },
        metrics: { ndcg_at_10: 0.181, recall_at_20: 0.244 },
        validation: 'approved',
      },
      {
        description: 'Matrix factorisation',
        params: { factors: '64', window: '90d' },
        metrics: { ndcg_at_10: 0.203, recall_at_20: 0.271 },
        validation: 'approved',
      },
      {
        description: 'Sequence model',
        params: { factors: '128', window: '30d' },
        metrics: { ndcg_at_10: 0.236, recall_at_20: 0.309 },
        validation: 'approved',
      },
      {
        description: 'Sequence model with margins in the loss',
        params: { factors: '128', window: '30d' },
        metrics: { ndcg_at_10: 0.229, recall_at_20: 0.301 },
      },
    ],
  },
  {
    name: 'Invoice field extraction',
    description: 'Reads amounts, dates and supplier numbers from scanned invoices',
    tags: { owner: 'finance-operations', 'data-class': 'confidential' },
    experiment: 'finance/invoices',
    aliases: { champion: 1 },
    versions: [
      {
        description: 'Layout model, German invoices',
        params: { base_model: 'layout-base', epochs: '12' },
        metrics: { f1_amount: 0.974, f1_date: 0.981 },
        validation: 'approved',
      },
      {
        description: 'Adds French and Italian invoices',
        params: { base_model: 'layout-base', epochs: '18' },
        metrics: { f1_amount: 0.969, f1_date: 0.983 },
        validation: 'pending',
      },
    ],
  },
  {
    name: 'energy-load-forecast',
    description: 'Hourly load of each site for the next two days',
    tags: { owner: 'facility-management', team: 'energy' },
    experiment: 'energy/load',
    aliases: { champion: 2, fallback: 1 },
    versions: [
      {
        description: 'Seasonal regression',
        params: { horizon: '48h', features: 'calendar' },
        metrics: { mape: 0.074, rmse_kw: 41.8 },
        validation: 'approved',
      },
      {
        description: 'Boosted trees with weather',
        params: { horizon: '48h', features: 'calendar,weather' },
        metrics: { mape: 0.052, rmse_kw: 30.2 },
        validation: 'approved',
      },
      {
        description: 'Temporal fusion',
        params: { horizon: '48h', features: 'calendar,weather,price' },
        metrics: { mape: 0.055, rmse_kw: 31.9 },
        validation: 'rejected',
      },
    ],
  },
  {
    name: 'claims-severity',
    description: 'Expected cost of a motor claim on the day it is reported',
    tags: { owner: 'claims', team: 'actuarial', criticality: 'high' },
    experiment: 'insurance/claims-severity',
    aliases: {},
    versions: [
      {
        description: 'Gamma regression',
        params: { link: 'log', power: '2.0' },
        metrics: { gini: 0.312, mae_eur: 842.5 },
        validation: 'rejected',
      },
      {
        description: 'Tweedie boosting',
        params: { link: 'log', power: '1.6' },
        metrics: { gini: 0.347, mae_eur: 797.1 },
        validation: 'pending',
      },
    ],
  },
];

/** MLflow keeps prompts among the models; no registry of models should show it. */
export const PROMPT = {
  name: 'claim-summary',
  description: 'Summary of a claim for the handler',
  text: 'Summarise the claim in three sentences for a claims handler. Claim: {{claim}}',
};
