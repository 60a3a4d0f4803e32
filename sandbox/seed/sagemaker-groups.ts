import { PRODUCTION, RESEARCH, type SandboxAccount } from '../registries.js';
import type { BiasSubject } from './clarify-reports.js';
import type { Quality } from './quality-reports.js';

export interface GroupSeed {
  readonly account: SandboxAccount;
  readonly name: string;
  readonly description: string;
  readonly tags: Readonly<Record<string, string>>;
  /** The other account may read it, too. */
  readonly sharedWith?: SandboxAccount;
  readonly repository: string;
  readonly image: string;
  readonly features: readonly string[];
  readonly bias?: BiasSubject;
  readonly versions: readonly VersionSeed[];
}

/** One line per version, the oldest first. */
export interface VersionSeed {
  readonly description: string;
  readonly quality: Quality;
  readonly metadata: Readonly<Record<string, string>>;
  readonly decision?: { readonly status: 'Approved' | 'Rejected'; readonly comment: string };
  readonly stage?: { readonly name: string; readonly status: string; readonly description: string };
  /** A feature that has drifted since, and how far. */
  readonly drift?: { readonly feature: string; readonly distance: number };
}

const XGBOOST = '492215442770.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-xgboost:1.7-1';
const SKLEARN = '492215442770.dkr.ecr.eu-central-1.amazonaws.com/sagemaker-scikit-learn:1.4-2-cpu-py3';
const PYTORCH =
  '763104351884.dkr.ecr.eu-central-1.amazonaws.com/pytorch-inference:2.6.0-cpu-py312-ubuntu22.04-sagemaker';

const binary = (auc: number, recall: number, precision: number): Quality => ({
  task: 'binary',
  auc,
  recall,
  precision,
});
const regression = (mae: number, rmse: number, r2: number): Quality => ({ task: 'regression', mae, rmse, r2 });
const approved = (comment: string) => ({ status: 'Approved', comment }) as const;
const rejected = (comment: string) => ({ status: 'Rejected', comment }) as const;
const stage = (name: string, status: string, description: string) => ({ name, status, description });
const data = (month: string, rows: string) => ({ 'training-data': `loans_${month}`, rows });

const creditRisk = {
  name: 'credit-risk-scoring',
  repository: 'https://git.example.com/lending/credit-risk',
  image: XGBOOST,
  features: ['debt_to_income', 'utilisation', 'months_since_delinquency', 'annual_income', 'age_of_oldest_account'],
  bias: { label: 'default_12m', facet: 'age_group', values: ['under_25', 'over_60'] },
};

const ROUTES = ['billing', 'delivery', 'returns', 'technical'];
const routing = (accuracy: number): Quality => ({ task: 'multiclass', accuracy, classes: ROUTES });

export const GROUPS: readonly GroupSeed[] = [
  {
    ...creditRisk,
    account: RESEARCH,
    sharedWith: PRODUCTION,
    description: 'Probability that a consumer loan defaults within twelve months',
    tags: { owner: 'credit-risk', team: 'lending', 'cost-centre': '4711', criticality: 'high' },
    versions: [
      {
        description: 'Baseline on bureau data',
        quality: binary(0.781, 0.612, 0.334),
        metadata: data('2025-10', '1204331'),
        decision: rejected('Below the AUC floor of 0.80'),
        stage: stage('Archived', 'Rejected', 'Superseded by version 2'),
      },
      {
        description: 'Adds payment history',
        quality: binary(0.806, 0.645, 0.358),
        metadata: data('2025-11', '1241880'),
        decision: approved('Meets the floor; monitor the youngest age group'),
        stage: stage('Archived', 'Retired', 'Served until April'),
      },
      {
        description: 'Adds account age',
        quality: binary(0.812, 0.651, 0.367),
        metadata: data('2026-01', '1260027'),
        decision: approved('Better on every segment'),
        stage: stage('Archived', 'Retired', 'Served until July'),
      },
      {
        description: 'Monotone constraints on income',
        quality: binary(0.809, 0.649, 0.371),
        metadata: data('2026-03', '1288104'),
        decision: rejected('Loses recall in the youngest age group, see the bias report'),
      },
      {
        description: 'Monotone constraints, reweighted by age group',
        quality: binary(0.815, 0.66, 0.369),
        metadata: data('2026-04', '1301556'),
        decision: approved('Bias metrics within limits'),
        stage: stage('Production', 'Approved', 'Promoted to the production account'),
      },
      {
        description: 'Retrained on the second quarter',
        quality: binary(0.817, 0.664, 0.372),
        metadata: data('2026-06', '1330912'),
        decision: approved('Routine retraining'),
        stage: stage('Staging', 'Approved', 'Shadow run until the end of the month'),
        drift: { feature: 'utilisation', distance: 0.17 },
      },
      {
        description: 'Deeper trees, early stopping',
        quality: binary(0.826, 0.671, 0.38),
        metadata: data('2026-08', '1359448'),
        stage: stage('Development', 'InReview', 'Waiting for model risk'),
      },
      {
        description: 'Open-banking features',
        quality: binary(0.841, 0.702, 0.395),
        metadata: data('2026-09', '1384207'),
        stage: stage('Development', 'InReview', 'Waiting for model risk'),
      },
    ],
  },
  {
    account: RESEARCH,
    name: 'customer-churn',
    description: 'Which mobile customers will not renew in the next 60 days',
    tags: { owner: 'customer-analytics', team: 'retention', 'cost-centre': '5230' },
    repository: 'https://git.example.com/retention/churn',
    image: XGBOOST,
    features: ['tenure_months', 'support_calls', 'day_charge', 'international_minutes', 'voicemail_messages'],
    bias: { label: 'churned', facet: 'gender', values: ['female', 'male'] },
    versions: [
      {
        description: 'First model on billing data',
        quality: binary(0.842, 0.571, 0.502),
        metadata: { campaign: 'winter-2025' },
        decision: approved('Good enough for a pilot'),
        stage: stage('Archived', 'Retired', 'Pilot has ended'),
      },
      {
        description: 'Adds call-centre contacts',
        quality: binary(0.871, 0.634, 0.548),
        metadata: { campaign: 'spring-2026' },
        decision: approved('Lift of 1.8 in the pilot'),
        stage: stage('Production', 'Approved', 'Nightly batch'),
      },
      {
        description: 'Adds competitor prices',
        quality: binary(0.869, 0.63, 0.551),
        metadata: { campaign: 'summer-2026' },
        decision: rejected('No gain for a paid data source'),
      },
      {
        description: 'Retrained after the tariff change',
        quality: binary(0.884, 0.655, 0.572),
        metadata: { campaign: 'autumn-2026' },
        decision: approved('Replaces version 2 next month'),
        stage: stage('Staging', 'Approved', 'A/B test in two regions'),
        drift: { feature: 'day_charge', distance: 0.24 },
      },
      {
        description: 'Calibrated probabilities',
        quality: binary(0.883, 0.661, 0.57),
        metadata: { campaign: 'autumn-2026', calibration: 'isotonic' },
      },
      {
        description: 'Survival target instead of a fixed window',
        quality: binary(0.891, 0.673, 0.585),
        metadata: { campaign: 'winter-2026', target: 'survival' },
      },
    ],
  },
  {
    account: RESEARCH,
    name: 'demand-forecast',
    description: 'Units per store, article and day, four weeks ahead',
    tags: { owner: 'supply-chain', team: 'replenishment', 'cost-centre': '6104' },
    repository: 'https://git.example.com/supply-chain/demand',
    image: SKLEARN,
    features: ['lag_7', 'lag_28', 'promotion', 'price', 'temperature'],
    versions: [
      {
        description: 'Gradient boosting on sales history',
        quality: regression(4.82, 7.31, 0.71),
        metadata: { horizon: '28d' },
        decision: approved('Beats the planners by 9 percent'),
        stage: stage('Archived', 'Retired', 'Replaced in March'),
      },
      {
        description: 'Adds promotions',
        quality: regression(4.37, 6.74, 0.754),
        metadata: { horizon: '28d' },
        decision: approved('Promotion weeks are usable now'),
        stage: stage('Production', 'Approved', 'All stores'),
      },
      {
        description: 'Adds weather',
        quality: regression(4.35, 6.7, 0.757),
        metadata: { horizon: '28d', weather: 'forecast-v3' },
        decision: rejected('Gain is within noise, and the provider is not contracted'),
      },
      {
        description: 'Quantile loss',
        quality: regression(4.29, 6.81, 0.749),
        metadata: { horizon: '28d', loss: 'quantile' },
        drift: { feature: 'price', distance: 0.13 },
      },
      {
        description: 'Hierarchical reconciliation by region',
        quality: regression(4.12, 6.42, 0.776),
        metadata: { horizon: '28d', loss: 'quantile' },
      },
    ],
  },
  {
    account: RESEARCH,
    name: 'support-ticket-routing',
    description: 'Which team a customer message goes to',
    tags: { owner: 'customer-analytics', team: 'service-desk' },
    repository: 'https://git.example.com/service/routing',
    image: PYTORCH,
    features: ['message_length', 'language_score', 'previous_contacts'],
    versions: [
      {
        description: 'Fine-tuned encoder, four teams',
        quality: routing(0.871),
        metadata: { language: 'de' },
        decision: approved('Halves the rate of rerouted tickets'),
        stage: stage('Production', 'Approved', 'Service desk'),
      },
      {
        description: 'Adds English',
        quality: routing(0.864),
        metadata: { language: 'de en' },
        decision: rejected('Returns are confused with delivery in English'),
      },
      { description: 'Balanced English corpus', quality: routing(0.882), metadata: { language: 'de en' } },
    ],
  },
  {
    account: PRODUCTION,
    name: 'payment-fraud-detection',
    description: 'Scores card payments within 40 ms',
    tags: { owner: 'payments', team: 'fraud', 'cost-centre': '3310', criticality: 'high' },
    repository: 'https://git.example.com/payments/fraud',
    image: XGBOOST,
    features: ['amount', 'merchant_risk', 'distance_from_home', 'transactions_last_hour', 'device_age_days'],
    versions: [
      {
        description: 'Rules distilled into trees',
        quality: binary(0.931, 0.72, 0.41),
        metadata: { latency_p99_ms: '31' },
        decision: approved('Same decisions as the rules, faster'),
        stage: stage('Archived', 'Retired', 'Replaced'),
      },
      {
        description: 'Adds device signals',
        quality: binary(0.948, 0.769, 0.452),
        metadata: { latency_p99_ms: '38' },
        decision: approved('Fewer false alarms'),
        stage: stage('Archived', 'Retired', 'Replaced'),
      },
      {
        description: 'Graph features',
        quality: binary(0.957, 0.791, 0.47),
        metadata: { latency_p99_ms: '74' },
        decision: rejected('Too slow for the 40 ms budget'),
      },
      {
        description: 'Device signals, retrained',
        quality: binary(0.953, 0.778, 0.463),
        metadata: { latency_p99_ms: '37' },
        decision: approved('Champion'),
        stage: stage('Production', 'Approved', 'Nine tenths of the traffic'),
      },
      {
        description: 'Graph features, precomputed',
        quality: binary(0.96, 0.802, 0.478),
        metadata: { latency_p99_ms: '39' },
        decision: approved('Challenger at a tenth of the traffic'),
        stage: stage('Production', 'Approved', 'A tenth of the traffic'),
      },
    ],
  },
  {
    ...creditRisk,
    account: PRODUCTION,
    description: 'Credit risk scoring as released to the lending platform',
    tags: { owner: 'credit-risk', team: 'lending', criticality: 'high' },
    versions: [
      {
        description: 'Research version 3',
        quality: binary(0.812, 0.651, 0.367),
        metadata: { promoted_from: 'research version 3' },
        decision: approved('Released'),
        stage: stage('Archived', 'Retired', 'Replaced'),
      },
      {
        description: 'Research version 5',
        quality: binary(0.815, 0.66, 0.369),
        metadata: { promoted_from: 'research version 5' },
        decision: approved('Released'),
        stage: stage('Production', 'Approved', 'Lending platform'),
      },
      {
        description: 'Research version 6',
        quality: binary(0.817, 0.664, 0.372),
        metadata: { promoted_from: 'research version 6' },
      },
    ],
  },
];
