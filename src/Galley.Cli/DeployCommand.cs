using System.CommandLine;
using Galley.Cli.Deploy;

namespace Galley.Cli;

/// <summary>`galley deploy DIR`: the folder's app into a running Galley, or with `--aws` into the AWS account of the environment's keys.</summary>
internal static class DeployCommand
{
    public static readonly Option<bool> RealNames = new("--real-names") { Description = "The site is given AWS's own addresses, as on AWS; open it with `galley browser`." };

    public static Command Build()
    {
        var folder = new Argument<string>("DIR") { Description = "Folder with galley.yaml and the template." };
        var toAws = new Option<bool>("--aws") { Description = "Deploy to AWS, or to the endpoint that the environment or the AWS profile names, with their keys and region." };
        var profile = new Option<string?>("--profile") { Description = "With --aws: the profile in ~/.aws/config and ~/.aws/credentials.", HelpName = "NAME" };
        var dryRun = new Option<bool>("--dry-run") { Description = "Say what would be built, uploaded and changed; change nothing." };
        var noBuild = new Option<bool>("--no-build") { Description = "Take what is built already." };
        var command = new Command("deploy", "Build and deploy an app to a running Galley (or, with --aws, to AWS).") { folder, ServerOptions.Port, toAws, profile, noBuild, dryRun, RealNames };
        command.SetAction(async (result, cancel) =>
        {
            var file = DeployFile.Read(result.GetValue(folder)!);
            using var aws = result.GetValue(toAws) ? AwsClient.FromEnvironment(result.GetValue(profile)) : AwsClient.Local(Running.Find(result.GetValue(ServerOptions.Port)), result.GetValue(RealNames));
            if (result.GetValue(dryRun)) await Plan(file, aws, !result.GetValue(noBuild), cancel);
            else await Run(file, aws, !result.GetValue(noBuild), cancel);
            return 0;
        });
        return command;
    }

    private static async Task Plan(DeployFile file, AwsClient aws, bool build, CancellationToken cancel)
    {
        Console.WriteLine($"Deploying {file.Stack} to {aws.Target} would do this:");
        try
        {
            await new Deployment(file, aws, new Progress(Console.Out)).Plan(build, cancel);
        }
        catch (AwsClientException e)
        {
            throw new CliException(e.Message, e);
        }
    }

    public static async Task Run(DeployFile file, AwsClient aws, bool build, CancellationToken cancel)
    {
        Console.WriteLine($"Deploying {file.Stack} to {aws.Target}");
        var deployment = new Deployment(file, aws, new Progress(Console.Out));
        try
        {
            deployment.Print(await deployment.Run(build, cancel));
        }
        catch (AwsClientException e)
        {
            throw new CliException(e.Message, e);
        }
    }
}
