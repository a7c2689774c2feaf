using System.Text.Json.Nodes;

namespace Galley.Logs;

/// <summary>Log groups as AWS::Logs::LogGroup.</summary>
internal sealed class LogScan(Installation installation)
{
    public ResourceScanner Scanner => new("AWS::Logs::LogGroup", "logs:DescribeLogGroups", async call =>
        [.. (await installation.Store.Read(snapshot => Store.StoreExtensions.List(snapshot, Keys.Groups(call.Account, call.Region), LogsJson.Default.LogGroup))).Select(group =>
        {
            var said = new JsonObject { ["LogGroupName"] = group.Name };
            if (group.RetentionInDays is { } days) said["RetentionInDays"] = days;
            if (group.Tags.Count > 0) said["Tags"] = Described.Tags(group.Tags);
            return new ScannedResource(group.Name, said)
            {
                Identifier = Described.Of(("LogGroupName", group.Name)),
                Attributes = Described.Of(("Arn", call.Arn("logs", $"log-group:{group.Name}:*"))),
                Label = group.Name + " Logs",
            };
        })]);
}
