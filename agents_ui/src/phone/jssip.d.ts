// What JsSIP has and does not type.
declare module "jssip/lib/Dialog" {
  const Dialog: { prototype: object };
  export default Dialog;
}
