using Galley.Tests;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(LongFirst))]

namespace Galley.Tests;

/// <summary>
/// The longest classes begin first, so that none is left alone at the end; all others follow in any order. Those that mostly wait (the AWS provider
/// of Terraform does, by its own clock, for queues and keys) stand between those that compute.
/// </summary>
public sealed class LongFirst : ITestCollectionOrderer
{
    private static readonly string[] Order =
    [
        .. new[]
        {
            typeof(Sqs.ResourcesTests), typeof(WebConsole.PagesTests), typeof(Samples.TerraformSampleTests), typeof(WebConsole.LiveTests), typeof(Samples.CdkSampleTests),
            typeof(Samples.TerraformRestTests), typeof(WebConsole.ManyRowsTests), typeof(Lambda.TerraformTests), typeof(Server.AwsCliTests), typeof(Kms.KeysTests), typeof(S3.HugeObjectTests),
        }.Select(type => type.FullName!),
    ];

    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection
        => [.. DefaultTestCollectionOrderer.Instance.OrderTestCollections(testCollections).OrderBy(Place)];

    private static int Place<TTestCollection>(TTestCollection collection)
        where TTestCollection : ITestCollection
        => Array.FindIndex(Order, name => collection.TestCollectionDisplayName.Split(' ').Contains(name)) is var place and >= 0 ? place : Order.Length;
}
