using System.Text.Json.Nodes;
using Galley.Store;

namespace Galley.Ecr;

/// <summary>Repositories as AWS::ECR::Repository.</summary>
internal sealed class RepositoryScan(Installation installation)
{
    public ResourceScanner Scanner => new("AWS::ECR::Repository", "ecr:DescribeRepositories", async call =>
        [.. (await installation.Store.Read(snapshot => snapshot.List(Keys.Repositories(call), EcrJson.Default.RepositoryRecord))).Select(record =>
        {
            var said = new JsonObject { ["RepositoryName"] = record.Name, ["ImageTagMutability"] = record.ImageTagMutability };
            if (record.ScanOnPush) said["ImageScanningConfiguration"] = new JsonObject { ["ScanOnPush"] = true };
            if (record.LifecyclePolicy is { } lifecycle) said["LifecyclePolicy"] = new JsonObject { ["LifecyclePolicyText"] = lifecycle };
            if (record.Policy is { } policy) said["RepositoryPolicyText"] = JsonNode.Parse(policy);
            if (record.Tags is { Count: > 0 } tags) said["Tags"] = Described.Tags(tags.Select(tag => KeyValuePair.Create(tag.Key, tag.Value)));
            return new ScannedResource(record.Name, said)
            {
                Identifier = Described.Of(("RepositoryName", record.Name)),
                Attributes = Described.Of(("Arn", Repositories.ArnOf(record.Name, call))),
                Label = record.Name + " Repository",
            };
        })]);
}
