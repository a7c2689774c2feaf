using System.CommandLine;

namespace Galley.Cli;

/// <summary>`galley env`: what a shell needs so that unchanged AWS clients come here.</summary>
internal static class EnvCommand
{
    public static Command Build()
    {
        var powershell = new Option<bool>("--powershell") { Description = "PowerShell syntax." };
        var profile = new Option<string?>("--profile") { Description = "Print a profile of that name for ~/.aws/config instead.", HelpName = "NAME" };
        var command = new Command("env", "Print endpoint, region and keys for a shell: eval \"$(galley env)\"") { ServerOptions.Port, powershell, profile };
        command.SetAction(result =>
        {
            var running = Running.Find(result.GetValue(ServerOptions.Port));
            if (result.GetValue(profile) is { } name)
            {
                Console.WriteLine($"""
                    # add to ~/.aws/config
                    [profile {name}]
                    region = {running.Region}
                    endpoint_url = {running.Endpoint}
                    aws_access_key_id = {running.AccessKeyId}
                    aws_secret_access_key = {running.SecretAccessKey}
                    ca_bundle = {running.AuthorityFile}
                    """);
                return;
            }

            foreach (var (key, value) in (ReadOnlySpan<(string, string)>)[
                         ("AWS_ENDPOINT_URL", running.Endpoint),
                         // the SDKs put the account before the host of these, which an address does not bear
                         ("AWS_ENDPOINT_URL_CLOUDFRONT_KEYVALUESTORE", $"http://localhost:{running.Port}"), ("AWS_ENDPOINT_URL_S3_CONTROL", $"http://localhost:{running.Port}"),
                         ("AWS_REGION", running.Region), ("AWS_DEFAULT_REGION", running.Region),
                         ("AWS_ACCESS_KEY_ID", running.AccessKeyId), ("AWS_SECRET_ACCESS_KEY", running.SecretAccessKey), ("AWS_CA_BUNDLE", running.AuthorityFile)])
                Console.WriteLine(result.GetValue(powershell) ? $"$env:{key} = '{value}'" : $"export {key}='{value}'");
            Console.WriteLine(result.GetValue(powershell) ? "Remove-Item -ErrorAction Ignore Env:AWS_SESSION_TOKEN, Env:AWS_PROFILE" : "unset AWS_SESSION_TOKEN AWS_PROFILE");
        });
        return command;
    }
}
