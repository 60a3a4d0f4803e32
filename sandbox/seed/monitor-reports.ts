import { fraction, rounded } from './evidence.js';

// What Model Monitor's data quality job writes: statistics.json and constraints.json of a baseline, constraint_violations.json of a run.
// https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-byoc-contract-outputs.html

const ITEMS = 50_000;
const BUCKETS = 10;

export function dataStatistics(name: string, features: readonly string[]): object {
  return {
    version: 0,
    dataset: { item_count: ITEMS },
    features: features.map((feature) => numericalFeature(`${name} ${feature}`, feature)),
  };
}

export function dataConstraints(features: readonly string[]): object {
  return {
    version: 0,
    features: features.map((feature) => ({
      name: feature,
      inferred_type: 'Fractional',
      completeness: 1,
      num_constraints: { is_non_negative: true },
    })),
    monitoring_config: {
      evaluate_constraints: 'Enabled',
      emit_metrics: 'Enabled',
      datatype_check_threshold: 1,
      domain_content_threshold: 1,
      distribution_constraints: {
        perform_comparison: 'Enabled',
        comparison_threshold: 0.1,
        comparison_method: 'Robust',
        categorical_comparison_threshold: 0.1,
        categorical_drift_method: 'LInfinity',
      },
    },
  };
}

export function constraintViolations(feature: string, distance: number): object {
  return {
    violations: [
      {
        feature_name: feature,
        constraint_check_type: 'baseline_drift_check',
        description: `Baseline drift distance: ${distance} exceeds threshold: 0.1`,
      },
    ],
  };
}

function numericalFeature(seed: string, name: string): object {
  const max = rounded(10 + 990 * fraction(seed), 4);
  const mean = rounded(max * (0.3 + 0.3 * fraction(`${seed} mean`)), 6);
  const width = max / BUCKETS;
  const buckets = Array.from({ length: BUCKETS }, (_, index) => ({
    lower_bound: rounded(width * index, 4),
    upper_bound: rounded(width * (index + 1), 4),
    count: ITEMS / BUCKETS,
  }));
  const sketch = {
    parameters: { c: 0.64, k: 2048 },
    data: [buckets.map(({ lower_bound }) => lower_bound), buckets.map(({ upper_bound }) => upper_bound)],
  };
  return {
    name,
    inferred_type: 'Fractional',
    numerical_statistics: {
      common: { num_present: ITEMS, num_missing: 0 },
      mean,
      sum: rounded(mean * ITEMS, 4),
      std_dev: rounded(max / 5, 6),
      min: 0,
      max,
      distribution: { kll: { buckets, sketch } },
    },
  };
}
