#nullable enable
using System.Collections.Immutable;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Diagnostics;

namespace Galley.Generators;

/// <summary>
/// Keeps the services apart (design D5): code of `Galley.X` that names anything of `Galley.Y` does not compile.
/// Only Arrows/ and the composition root may know two services.
/// </summary>
[DiagnosticAnalyzer(LanguageNames.CSharp)]
public sealed class ServiceWalls : DiagnosticAnalyzer
{
    private static readonly ImmutableHashSet<string> Services = ImmutableHashSet.Create(
        "Edge", "CloudFront", "S3", "ApiGateway", "Lambda", "DynamoDB", "Cognito", "Iam", "CloudFormation", "Logs", "Mail");

    private static readonly DiagnosticDescriptor Wall = new(
        "GALLEY001", "Services meet only in Arrows/",
        "Galley.{0} must not use Galley.{1} ({2}): declare a port in {0}/ and implement it in Arrows/{0}To{1}.cs",
        "Architecture", DiagnosticSeverity.Error, isEnabledByDefault: true);

    public override ImmutableArray<DiagnosticDescriptor> SupportedDiagnostics => ImmutableArray.Create(Wall);

    public override void Initialize(AnalysisContext context)
    {
        context.ConfigureGeneratedCodeAnalysis(GeneratedCodeAnalysisFlags.None);
        context.EnableConcurrentExecution();
        context.RegisterSyntaxNodeAction(Check, SyntaxKind.IdentifierName, SyntaxKind.GenericName);
    }

    private static void Check(SyntaxNodeAnalysisContext context)
    {
        var from = ServiceOf(context.ContainingSymbol?.ContainingNamespace);
        if (from is null) return;
        var symbol = context.SemanticModel.GetSymbolInfo((SimpleNameSyntax)context.Node, context.CancellationToken).Symbol;
        var type = symbol as INamedTypeSymbol ?? symbol?.ContainingType;
        var to = ServiceOf(type?.ContainingNamespace);
        if (to is not null && to != from)
            context.ReportDiagnostic(Diagnostic.Create(Wall, context.Node.GetLocation(), from, to, type!.Name));
    }

    /// <summary>The service folder a namespace belongs to: `Galley.Lambda.Invoke` → `Lambda`; null outside the services.</summary>
    private static string? ServiceOf(INamespaceSymbol? space)
    {
        for (var at = space; at is { IsGlobalNamespace: false }; at = at.ContainingNamespace)
            if (at.ContainingNamespace is { Name: "Galley", ContainingNamespace.IsGlobalNamespace: true })
                return Services.Contains(at.Name) ? at.Name : null;
        return null;
    }
}
