using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;

namespace Galley.Tests.Debugger;

/// <summary>Where a line of source is in an assembly, out of its portable symbols.</summary>
/// <param name="Method">Its token.</param>
/// <param name="Name">Its name.</param>
/// <param name="Offset">In the intermediate language.</param>
/// <param name="Locals">Slots by name, of what is in scope.</param>
/// <param name="Arguments">Places by name.</param>
internal sealed record Place(int Method, string Name, int Offset, IReadOnlyDictionary<string, int> Locals, IReadOnlyDictionary<string, int> Arguments)
{
    /// <param name="assembly">Its file; the symbols stand beside it.</param>
    /// <param name="source">The source's file name.</param>
    /// <param name="line">From 1.</param>
    public static Place? Find(string assembly, string source, int line)
    {
        if (!File.Exists(assembly) || Path.ChangeExtension(assembly, ".pdb") is var file && !File.Exists(file)) return null;
        using var code = new PEReader(File.OpenRead(assembly));
        using var provider = MetadataReaderProvider.FromPortablePdbStream(File.OpenRead(file));
        var (metadata, symbols) = (code.GetMetadataReader(), provider.GetMetadataReader());
        foreach (var handle in symbols.MethodDebugInformation)
            foreach (var point in symbols.GetMethodDebugInformation(handle).GetSequencePoints())
                if (!point.IsHidden && point.StartLine == line && Path.GetFileName(symbols.GetString(symbols.GetDocument(point.Document).Name)) == source)
                    return At(metadata, symbols, handle.ToDefinitionHandle(), point.Offset);
        return null;
    }

    private static Place At(MetadataReader metadata, MetadataReader symbols, MethodDefinitionHandle handle, int offset)
    {
        var method = metadata.GetMethodDefinition(handle);
        var self = method.Attributes.HasFlag(System.Reflection.MethodAttributes.Static) ? 0 : 1;
        var arguments = method.GetParameters().Select(metadata.GetParameter).Where(one => one.SequenceNumber > 0).ToDictionary(one => metadata.GetString(one.Name), one => one.SequenceNumber - 1 + self);
        var locals = symbols.GetLocalScopes(handle).Select(symbols.GetLocalScope).Where(scope => scope.StartOffset <= offset && offset <= scope.EndOffset)
            .SelectMany(scope => scope.GetLocalVariables()).Select(symbols.GetLocalVariable).ToDictionary(one => symbols.GetString(one.Name), one => one.Index);
        return new Place(MetadataTokens.GetToken(handle), metadata.GetString(method.Name), offset, locals, arguments);
    }
}
