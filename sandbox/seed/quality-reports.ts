import { fraction, rounded } from './evidence.js';

// What an evaluation step writes to evaluation.json, and Model Monitor's quality job to statistics.json: the same groups of metrics.
// https://docs.aws.amazon.com/sagemaker/latest/dg/model-monitor-model-quality-metrics.html

export type Quality =
  | { readonly task: 'binary'; readonly auc: number; readonly recall: number; readonly precision: number }
  | { readonly task: 'regression'; readonly mae: number; readonly rmse: number; readonly r2: number }
  | { readonly task: 'multiclass'; readonly accuracy: number; readonly classes: readonly string[] };

interface Measured {
  readonly value: number;
  /** Below 200 samples there is none, and the text says so. */
  readonly standard_deviation: number | 'NaN';
}

const POSITIVES = 4200;
const NEGATIVES = 45_800;

export function qualityReport(name: string, quality: Quality): object {
  const measured = (metric: string, value: number): Measured => ({
    value,
    standard_deviation: rounded(value * (0.001 + 0.004 * fraction(`${name} ${metric}`)), 8),
  });
  switch (quality.task) {
    case 'binary':
      return { binary_classification_metrics: binary(quality, measured) };
    case 'regression':
      return { regression_metrics: regression(quality, measured) };
    case 'multiclass':
      return { multiclass_classification_metrics: multiclass(name, quality, measured) };
  }
}

/** The same as a baseline: what later measurements are compared with. */
export function qualityConstraints(name: string, quality: Quality): object {
  const [group = '', metrics = {}] = Object.entries(qualityReport(name, quality))[0] ?? [];
  const thresholds = Object.entries(metrics as Record<string, Measured>)
    .filter(([, { value }]) => typeof value === 'number')
    .map(([metric, { value }]) => [
      metric,
      { threshold: value, comparison_operator: isError(metric) ? 'GreaterThanThreshold' : 'LessThanThreshold' },
    ]);
  return { version: 0, [group.replace(/_metrics$/, '_constraints')]: Object.fromEntries(thresholds) };
}

type Measure = (metric: string, value: number) => Measured;

function binary({ auc, recall, precision }: Quality & { task: 'binary' }, measured: Measure): object {
  const truePositives = Math.round(POSITIVES * recall);
  const falsePositives = Math.round(truePositives / precision - truePositives);
  const trueNegatives = NEGATIVES - falsePositives;
  const falsePositiveRate = falsePositives / NEGATIVES;
  const f = (beta: number) => ((1 + beta ** 2) * precision * recall) / (beta ** 2 * precision + recall);
  const base = POSITIVES / (POSITIVES + NEGATIVES);
  return {
    confusion_matrix: {
      0: { 0: trueNegatives, 1: falsePositives },
      1: { 0: POSITIVES - truePositives, 1: truePositives },
    },
    recall: measured('recall', recall),
    precision: measured('precision', precision),
    accuracy: measured('accuracy', rounded((truePositives + trueNegatives) / (POSITIVES + NEGATIVES), 6)),
    recall_best_constant_classifier: { value: 1, standard_deviation: 0 },
    precision_best_constant_classifier: measured('precision_best_constant_classifier', rounded(base, 6)),
    accuracy_best_constant_classifier: measured('accuracy_best_constant_classifier', rounded(base, 6)),
    true_positive_rate: measured('true_positive_rate', recall),
    true_negative_rate: measured('true_negative_rate', rounded(1 - falsePositiveRate, 6)),
    false_positive_rate: measured('false_positive_rate', rounded(falsePositiveRate, 6)),
    false_negative_rate: measured('false_negative_rate', rounded(1 - recall, 6)),
    receiver_operating_characteristic_curve: {
      false_positive_rates: [0, rounded(falsePositiveRate, 6), 1],
      true_positive_rates: [0, recall, 1],
    },
    precision_recall_curve: { precisions: [rounded(base, 6), precision, 1], recalls: [1, recall, 0] },
    auc: measured('auc', auc),
    f0_5: measured('f0_5', rounded(f(0.5), 6)),
    f1: measured('f1', rounded(f(1), 6)),
    f2: measured('f2', rounded(f(2), 6)),
  };
}

function regression({ mae, rmse, r2 }: Quality & { task: 'regression' }, measured: Measure): object {
  return {
    mae: measured('mae', mae),
    mse: measured('mse', rounded(rmse ** 2, 6)),
    rmse: measured('rmse', rmse),
    r2: measured('r2', r2),
  };
}

function multiclass(name: string, quality: Quality & { task: 'multiclass' }, measured: Measure): object {
  const { accuracy, classes } = quality;
  const rows = classes.map((actual) => {
    const total = 80 + Math.round(120 * fraction(`${name} ${actual}`));
    const right = Math.round(total * accuracy);
    const wrong = classes.filter((predicted) => predicted !== actual);
    const share = Math.floor((total - right) / wrong.length);
    const counts = wrong.map((predicted, index) => [
      predicted,
      index === 0 ? total - right - share * (wrong.length - 1) : share,
    ]);
    return [actual, Object.fromEntries([[actual, right], ...counts])];
  });
  const weighted = ['weighted_recall', 'weighted_precision', 'weighted_f0_5', 'weighted_f1', 'weighted_f2'];
  return {
    confusion_matrix: Object.fromEntries(rows),
    accuracy: measured('accuracy', accuracy),
    ...Object.fromEntries(weighted.map((metric) => [metric, measured(metric, accuracy)])),
    accuracy_best_constant_classifier: { value: rounded(1 / classes.length, 6), standard_deviation: 'NaN' },
  };
}

function isError(metric: string): boolean {
  return ['mae', 'mse', 'rmse', 'false_positive_rate', 'false_negative_rate'].includes(metric);
}
