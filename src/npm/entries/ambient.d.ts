declare module '*.wasm' {
  const module: WebAssembly.Module;
  export default module;
}
declare module 'skyfetch:base64' {
  const text: string;
  export default text;
}
