import { FileUpload, FormField } from '../ui'

/** Asks for one .zip file. */
export const ZipField = ({ description, value, set }: { description: string; value: File[]; set: (value: File[]) => void }) => (
  <FormField label="Code" description={description}>
    <FileUpload
      value={value}
      onChange={({ detail }) => set(detail.value)}
      accept=".zip,application/zip"
      showFileSize
      i18nStrings={{ uploadButtonText: () => 'Upload', dropzoneText: () => 'Drop the .zip file here', removeFileAriaLabel: () => 'Remove the file', limitShowFewer: 'Show fewer', limitShowMore: 'Show more', errorIconAriaLabel: 'Error' }}
    />
  </FormField>
)
