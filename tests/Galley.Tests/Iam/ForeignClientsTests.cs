using System.Diagnostics;

namespace Galley.Tests.Iam;

/// <summary>Terraform, boto3 and the aws CLI on IAM, STS and identity pools; skipped where they are missing.</summary>
public class ForeignClientsTests
{
    [Fact]
    public async Task Terraform_applies_IAM_and_an_identity_pool_unchanged_and_destroys_them()
    {
        await using var server = await Start.Server();
        using var terraform = await Terraform.Of(server, await File.ReadAllTextAsync(Path.Combine(Repository.Root, "tests", "Galley.Tests", "Iam", "iam.tf")));
        await terraform.Apply();
        await terraform.PlanNothing();
        await terraform.Destroy();
        Assert.Empty((await new AwsJs(server).Call("iam", "ListUsers"))["Users"]!.AsArray());
    }

    [Fact]
    public async Task Boto3_pages_assumes_roles_and_reads_the_account()
    {
        Assert.SkipUnless(Has("python3") && (await Run("python3", null, "-c", "import boto3")).Code == 0, "boto3 is not installed");
        await using var server = await Start.Server();
        var (code, output) = await Run("python3", server, Path.Combine(Repository.Root, "tests", "Galley.Tests", "Iam", "iam.py"), server.Endpoint.ToString());
        Assert.True(code == 0, output);
        Assert.Contains("all good", output);
    }

    [Fact]
    public async Task The_aws_cli_makes_a_user_a_role_and_a_pool()
    {
        Assert.SkipUnless(Has("aws"), "the aws CLI is not installed");
        await using var server = await Start.Server();
        const string script = """
            set -euo pipefail
            aws iam create-user --user-name cli --tags Key=a,Value=1 > /dev/null
            aws iam attach-user-policy --user-name cli --policy-arn arn:aws:iam::aws:policy/ReadOnlyAccess
            aws iam simulate-principal-policy --policy-source-arn arn:aws:iam::123456789012:user/cli --action-names s3:GetObject s3:PutObject --query 'EvaluationResults[].EvalDecision' --output text
            aws iam get-account-authorization-details --filter User --query 'UserDetailList[0].UserName' --output text
            pool=$(aws cognito-identity create-identity-pool --identity-pool-name p --allow-unauthenticated-identities --query IdentityPoolId --output text)
            aws cognito-identity get-id --identity-pool-id "$pool" --no-sign-request --query IdentityId --output text | cut -d: -f1
            aws sts get-federation-token --name fred --query FederatedUser.Arn --output text
            aws iam generate-credential-report --query State --output text
            aws iam get-account-summary --query SummaryMap.Users --output text
            """;
        var (code, output) = await Run("bash", server, "-c", script);
        Assert.True(code == 0, output);
        Assert.Equal("allowed\timplicitDeny\ncli\neu-west-2\narn:aws:sts::123456789012:federated-user/fred\nCOMPLETE\n1", output.Trim());
    }

    private static bool Has(string program) => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, program)));

    private static Task<(int Code, string Output)> Run(string program, GalleyServer? server, params string[] arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true };
        if (server is not null)
            foreach (var (name, value) in ((string, string)[])[("AWS_ENDPOINT_URL", server.Endpoint.ToString()), ("AWS_ACCESS_KEY_ID", server.AccessKeyId), ("AWS_SECRET_ACCESS_KEY", server.SecretAccessKey), ("AWS_DEFAULT_REGION", server.Region), ("AWS_PAGER", ""), ("AWS_CONFIG_FILE", "/nonexistent"), ("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent"), ("AWS_DEFAULT_OUTPUT", "json")])
                start.Environment[name] = value;
        return Run(start);
    }

    private static async Task<(int Code, string Output)> Run(ProcessStartInfo start)
    {
        using var process = Process.Start(start)!;
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return (process.ExitCode, process.ExitCode == 0 ? await output : await output + await error);
    }
}
