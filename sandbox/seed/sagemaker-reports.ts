import { PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import type { CreateModelPackageCommandInput } from '@aws-sdk/client-sagemaker';
import { BUCKET } from '../registries.js';
import { biasReport, explainabilityReport } from './clarify-reports.js';
import { constraintViolations, dataConstraints, dataStatistics } from './monitor-reports.js';
import { qualityConstraints, qualityReport } from './quality-reports.js';
import type { GroupSeed, VersionSeed } from './sagemaker-groups.js';

type Evidence = Pick<CreateModelPackageCommandInput, 'ModelMetrics' | 'DriftCheckBaselines'>;

/** Puts a version's reports into the bucket, and gives what the registry keeps of them: their addresses. */
export async function putReports(
  s3: S3Client,
  group: GroupSeed,
  number: number,
  version: VersionSeed,
): Promise<Evidence> {
  const name = `${group.account.id}/${group.name}/${number}`;
  const put = async (path: string, report: object) => {
    const Key = `${name}/${path}`;
    const ContentType = 'application/json';
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key, ContentType, Body: JSON.stringify(report) }));
    return { ContentType, S3Uri: `s3://${BUCKET}/${Key}` };
  };
  const quality = await put('evaluation/evaluation.json', qualityReport(name, version.quality));
  const qualityBaseline = await put('model-quality/constraints.json', qualityConstraints(name, version.quality));
  const dataQuality = {
    Statistics: await put('data-quality/statistics.json', dataStatistics(name, group.features)),
    Constraints: await put('data-quality/constraints.json', dataConstraints(group.features)),
  };
  const explanation = await put('explainability/analysis.json', explainabilityReport(name, group.features));
  const bias = group.bias && (await put('bias/analysis.json', biasReport(name, group.bias)));
  if (version.drift !== undefined) {
    const { feature, distance } = version.drift;
    await put('data-quality/constraint_violations.json', constraintViolations(feature, distance));
  }
  return {
    ModelMetrics: {
      ModelQuality: { Statistics: quality, Constraints: qualityBaseline },
      ModelDataQuality: dataQuality,
      Explainability: { Report: explanation },
      ...(bias === undefined ? {} : { Bias: { Report: bias } }),
    },
    DriftCheckBaselines: { ModelDataQuality: dataQuality },
  };
}
