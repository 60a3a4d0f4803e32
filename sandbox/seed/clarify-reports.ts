import { fraction, rounded } from './evidence.js';

// What a Clarify processing job writes to analysis.json.
// https://docs.aws.amazon.com/sagemaker/latest/dg/clarify-processing-job-analysis-results.html

export interface BiasSubject {
  readonly label: string;
  readonly facet: string;
  readonly values: readonly string[];
}

const PRE_TRAINING: Readonly<Record<string, string>> = {
  CDDL: 'Conditional Demographic Disparity in Labels (CDDL)',
  CI: 'Class Imbalance (CI)',
  DPL: 'Difference in Positive Proportions in Labels (DPL)',
  JS: 'Jensen-Shannon Divergence (JS)',
  KL: 'Kullback-Liebler Divergence (KL)',
  KS: 'Kolmogorov-Smirnov Distance (KS)',
  LP: 'L-p Norm (LP)',
  TVD: 'Total Variation Distance (TVD)',
};

const POST_TRAINING: Readonly<Record<string, string>> = {
  AD: 'Accuracy Difference (AD)',
  CDDPL: 'Conditional Demographic Disparity in Predicted Labels (CDDPL)',
  DAR: 'Difference in Acceptance Rates (DAR)',
  DCA: 'Difference in Conditional Acceptance (DCA)',
  DCR: 'Difference in Conditional Rejection (DCR)',
  DI: 'Disparate Impact (DI)',
  DPPL: 'Difference in Positive Proportions in Predicted Labels (DPPL)',
  DRR: 'Difference in Rejection Rates (DRR)',
  FT: 'Flip Test (FT)',
  RD: 'Recall Difference (RD)',
  TE: 'Treatment Equality (TE)',
};

export function biasReport(name: string, subject: BiasSubject): object {
  return {
    version: '1.0',
    pre_training_bias_metrics: biasMetrics(`${name} before`, subject, PRE_TRAINING),
    post_training_bias_metrics: biasMetrics(`${name} after`, subject, POST_TRAINING),
  };
}

export function explainabilityReport(name: string, features: readonly string[]): object {
  const values = features.map((feature, rank) => [
    feature,
    rounded((0.08 + 0.3 * fraction(`${name} ${feature}`)) / (rank + 1), 10),
  ]);
  const expected = rounded(0.05 + 0.2 * fraction(name), 10);
  return {
    version: '1.0',
    explanations: {
      kernel_shap: { label0: { global_shap_values: Object.fromEntries(values), expected_value: expected } },
    },
  };
}

function biasMetrics(
  name: string,
  { label, facet, values }: BiasSubject,
  names: Readonly<Record<string, string>>,
): object {
  const facets = values.map((value) => ({
    value_or_threshold: value,
    metrics: Object.entries(names).map(([metric, description]) => ({
      name: metric,
      description,
      value: biasValue(`${name} ${value} ${metric}`, metric),
    })),
  }));
  return { label, facets: { [facet]: facets }, label_value_or_threshold: '1' };
}

/** Disparate impact is a ratio around 1, the others are differences around 0. */
function biasValue(name: string, metric: string): number {
  const deviation = 0.16 * (fraction(name) - 0.5);
  return rounded(metric === 'DI' ? 1 + deviation : deviation, 10);
}
