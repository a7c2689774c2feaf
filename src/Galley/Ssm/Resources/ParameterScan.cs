using System.Text.Json.Nodes;
using Galley.Store;

namespace Galley.Ssm;

/// <summary>Parameters as AWS::SSM::Parameter; a SecureString no template can make.</summary>
internal sealed class ParameterScan(Installation installation)
{
    public ResourceScanner Scanner => new("AWS::SSM::Parameter", "ssm:GetParameters", async call =>
        [.. (await installation.Store.Read(snapshot => snapshot.List(Keys.Parameters(call), SsmJson.Default.ParameterRecord))).Where(record => record.Type != "SecureString").Select(record =>
        {
            var said = new JsonObject { ["Name"] = record.Name, ["Type"] = record.Type, ["Value"] = record.Value };
            if (record.Description is { Length: > 0 } description) said["Description"] = description;
            if (record.AllowedPattern is { Length: > 0 } pattern) said["AllowedPattern"] = pattern;
            return new ScannedResource(record.Name, said) { Identifier = Described.Of(("Name", record.Name)), Attributes = Described.Of(("Value", record.Value)), Label = record.Name + " Parameter" };
        })]);
}
