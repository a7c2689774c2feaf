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
        progress.Begin("build");
        if (build)
            foreach (var step in file.Build)
                await new Builds(file.Folder, progress).Run(step, cancel);
        progress.Begin("package");
        var bucket = await CodeBucket(cancel);
        await aws.S3CreateBucket(bucket, cancel);
        var packaging = new Packaging(aws, bucket, progress, CodeMayLack);
        var template = await packaging.Package(file.Template, cancel);
        progress.Begin("stack");
        var outputs = await new StackDeployment(aws, file.Stack, progress) { Uploads = packaging }.Deploy(template, Parameters(), cancel);
        progress.Begin("seed");
        var names = file.Seed.Any(seed => seed.Table is null) ? await Names(outputs, cancel) : outputs;
        foreach (var seed in file.Seed) await new Seeding(aws, progress).Seed(seed, names, cancel);
        progress.Begin("site");
        if (file.Site is { } site) await new SiteDeployment(aws, site, progress).Deploy(outputs, aws.Address, cancel);
        progress.End();
        return outputs.ToDictionary(output => output.Key, output => aws.Address(output.Value));
    }

    /// <summary>The same steps, told and not done. A stack that is there is compared by a change set, which is deleted again.</summary>
    public async Task Plan(bool build, CancellationToken cancel)
    {
        if (build)
            foreach (var step in file.Build) progress.Say($"build    {step.Command}  (in {step.Folder})");
        var template = await new Packaging(aws, await CodeBucket(cancel), progress) { OnlySay = true }.Package(file.Template, cancel);
        var outputs = await new StackDeployment(aws, file.Stack, progress).Plan(template, Parameters(), cancel);
        foreach (var seed in file.Seed) progress.Say($"seed     what of {seed.File} is not there yet{(seed.Table is { } table ? $", into the table {outputs?.GetValueOrDefault(table) ?? table}" : "")}");
        if (file.Site is { } site) await new SiteDeployment(aws, site, progress).Plan(outputs, aws.Address, cancel);
    }

    private async Task<string> CodeBucket(CancellationToken cancel) => $"galley-deploy-{await aws.AccountId(cancel)}-{aws.Region}";

    private Dictionary<string, string> Parameters()
    {
        var parameters = new Dictionary<string, string>(file.Parameters);
        if (aws.IsLocal)
            foreach (var (name, value) in file.LocalParameters)
                parameters[name] = value;
        return parameters;
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
}
