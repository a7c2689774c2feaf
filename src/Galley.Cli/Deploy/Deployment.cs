using System.Diagnostics;

namespace Galley.Cli.Deploy;

/// <summary>What `galley deploy DIR` does, in order: build, package, stack, site, seed.</summary>
internal sealed class Deployment(DeployFile file, AwsClient aws, Progress progress)
{
    /// <summary>Code that is not there is left out: its functions are handled by somebody else (Galley.Testing).</summary>
    public bool CodeMayLack { get; init; }

    /// <param name="build">Whether to run the build steps.</param>
    /// <param name="cancel">Ctrl-C.</param>
    /// <returns>The stack's outputs, addresses in the form in which this deployment is reached.</returns>
    public async Task<Dictionary<string, string>> Run(bool build, CancellationToken cancel)
    {
        if (build)
            foreach (var step in file.Build)
                await Build(step, cancel);
        var bucket = $"galley-deploy-{await aws.AccountId(cancel)}-{aws.Region}";
        await aws.S3CreateBucket(bucket, cancel);
        var template = await new Packaging(aws, bucket, CodeMayLack).Package(file.Template, cancel);
        var parameters = new Dictionary<string, string>(file.Parameters);
        if (aws.IsLocal)
            foreach (var (name, value) in file.LocalParameters)
                parameters[name] = value;
        var outputs = await new StackDeployment(aws, file.Stack, progress).Deploy(template, parameters, cancel);
        var names = file.Seed.Any(seed => seed.Table is null) ? await Names(outputs, cancel) : outputs;
        foreach (var seed in file.Seed) await new Seeding(aws, progress).Seed(seed, names, cancel);
        if (file.Site is { } site) await new SiteDeployment(aws, site, progress).Deploy(outputs, aws.Address, cancel);
        return outputs.ToDictionary(output => output.Key, output => aws.Address(output.Value));
    }

    public void Print(Dictionary<string, string> outputs)
    {
        Console.WriteLine();
        foreach (var (label, output) in file.Show) Console.WriteLine($"  {label,-8} {outputs.Output(output)}");
        Console.WriteLine();
    }

    /// <summary>What a seed file may name: the stack's outputs, and its resources by their logical ids.</summary>
    private async Task<Dictionary<string, string>> Names(Dictionary<string, string> outputs, CancellationToken cancel)
    {
        var names = new Dictionary<string, string>(outputs);
        foreach (var resource in (await aws.Query("cloudformation", "2010-05-15", "DescribeStackResources", [("StackName", file.Stack)], cancel)).Members("StackResources"))
            names.TryAdd(resource.Value("LogicalResourceId"), resource.Value("PhysicalResourceId"));
        return names;
    }

    private async Task Build(BuildStep step, CancellationToken cancel)
    {
        progress.Say($"{Path.GetFileName(step.Folder)}: {step.Command}");
        var start = OperatingSystem.IsWindows() ? new ProcessStartInfo("cmd", ["/c", step.Command]) : new ProcessStartInfo("/bin/sh", ["-c", step.Command]);
        start.WorkingDirectory = step.Folder;
        start.RedirectStandardOutput = start.RedirectStandardError = true;
        using var process = Process.Start(start) ?? throw new CliException($"{step.Command} did not start.");
        var said = new List<string>();
        process.OutputDataReceived += (_, line) => { lock (said) said.Add(line.Data ?? ""); };
        process.ErrorDataReceived += (_, line) => { lock (said) said.Add(line.Data ?? ""); };
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await process.WaitForExitAsync(cancel);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        if (process.ExitCode != 0)
            throw new CliException($"`{step.Command}` failed in {step.Folder} (exit code {process.ExitCode}):\n{string.Join('\n', said.TakeLast(40))}");
    }
}
