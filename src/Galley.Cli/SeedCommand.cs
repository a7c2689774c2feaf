using System.CommandLine;
using Galley.Cli.Deploy;

namespace Galley.Cli;

/// <summary>`galley seed FILE`: users, items and objects into a running Galley; names in the file may be outputs and logical ids of its stacks.</summary>
internal static class SeedCommand
{
    public static Command Build()
    {
        var file = new Argument<string>("FILE") { Description = "JSON or YAML with users, tables and buckets (docs/how-to/seed.md)." };
        var command = new Command("seed", "Put users, items and objects in; what is there already stays.") { ServerOptions.Port, file };
        command.SetAction(async (result, cancel) =>
        {
            using var aws = AwsClient.Local(Running.Find(result.GetValue(ServerOptions.Port)));
            await new Seeding(aws, new Progress(Console.Out)).SeedFile(result.GetValue(file)!, await Names(aws, cancel), cancel);
            return 0;
        });
        return command;
    }

    private static async Task<Dictionary<string, string>> Names(AwsClient aws, CancellationToken cancel)
    {
        const string service = "cloudformation", version = "2010-05-15";
        var names = new Dictionary<string, string>();
        foreach (var stack in (await aws.Query(service, version, "DescribeStacks", [], cancel)).Members("Stacks"))
        {
            foreach (var output in stack.Members("Outputs")) names.TryAdd(output.Value("OutputKey"), output.Value("OutputValue"));
            var resources = await aws.Query(service, version, "DescribeStackResources", [("StackName", stack.Value("StackName"))], cancel);
            foreach (var resource in resources.Members("StackResources")) names.TryAdd(resource.Value("LogicalResourceId"), resource.Value("PhysicalResourceId"));
        }

        return names;
    }
}
