<?php
/**
 * The route that sets a site's theme.
 *
 * @package BBWS\SiteManagement
 */

namespace BBWS\SiteManagement;

use WP_REST_Request;

defined( 'ABSPATH' ) || exit;

/**
 * Activates themes, installed from their vetted package where the network lacks them.
 */
final class Themes {

	private const OPTION = 'bbws_theme_packages';

	private static ?string $installing = null;

	/**
	 * Registers the route.
	 */
	public static function register_routes(): void {
		$args = array(
			'stylesheet' => array(
				'type'     => 'string',
				'required' => true,
				'pattern'  => '^[A-Za-z0-9_-]+$',
			),
			'package'    => array(
				'type'       => 'object',
				'properties' => Downloads::package_properties(),
			),
		);
		route( 'PUT', '/sites/(?P<id>\d+)/theme', answered( array( self::class, 'set' ) ), 'manage_network_themes', $args );
	}

	/**
	 * Activates a theme on a site.
	 *
	 * @param WP_REST_Request $request The request.
	 */
	public static function set( WP_REST_Request $request ): array {
		$site       = Site::get( (int) $request['id'] );
		$stylesheet = $request['stylesheet'];
		if ( null !== $request['package'] ) {
			self::install( $stylesheet, $request['package']['url'], strtolower( $request['package']['sha256'] ) );
		}
		if ( ! wp_get_theme( $stylesheet )->exists() ) {
			throw new Refusal( 404, 'bbws_theme_not_found', 'The theme is not installed.' );
		}
		\WP_Theme::network_enable_theme( $stylesheet );
		Site::at(
			(int) $site->id,
			static function () use ( $stylesheet ) {
				if ( get_option( 'stylesheet' ) !== $stylesheet ) {
					switch_theme( $stylesheet );
				}
			}
		);
		return array( 'stylesheet' => $stylesheet );
	}

	/**
	 * Whether a package is the theme that is being installed.
	 *
	 * @param string $package Where it lies.
	 */
	public static function is_installing( string $package ): bool {
		return null !== self::$installing && $package === self::$installing;
	}

	/**
	 * Installs a theme, unless the network has it from the same package.
	 *
	 * @param string $stylesheet The theme's folder.
	 * @param string $url        Where the package lies.
	 * @param string $sha256     Its digest.
	 */
	private static function install( string $stylesheet, string $url, string $sha256 ): void {
		if ( self::is_installed( $stylesheet, $sha256 ) ) {
			return;
		}
		require_once ABSPATH . 'wp-admin/includes/file.php';
		$path = wp_tempnam( $stylesheet );
		try {
			Downloads::fetch( $url, $sha256, $path, 'package' );
			self::require_theme( $path, $stylesheet );
			Lock::hold( Packages::UPGRADER, static fn() => self::install_from( $path, $stylesheet, $sha256 ) );
		} finally {
			if ( is_file( $path ) ) {
				wp_delete_file( $path );
			}
		}
	}

	/**
	 * Installs a theme, unless somebody else has just done so.
	 *
	 * @param string $path       Its package.
	 * @param string $stylesheet The theme's folder.
	 * @param string $sha256     The package's digest.
	 */
	private static function install_from( string $path, string $stylesheet, string $sha256 ): void {
		if ( self::is_installed( $stylesheet, $sha256 ) ) {
			return;
		}
		require_once ABSPATH . 'wp-admin/includes/class-wp-upgrader.php';
		self::$installing = $path;
		try {
			$upgrader = new \Theme_Upgrader( new \WP_Ajax_Upgrader_Skin() );
			$done     = $upgrader->install( $path, array( 'overwrite_package' => true ) );
			$errors   = $upgrader->skin->get_errors();
		} finally {
			self::$installing = null;
		}
		if ( true !== $done ) {
			$why = $errors->get_error_message();
			throw new Refusal( 422, 'bbws_invalid_package', 'The theme could not be installed. ' . wp_strip_all_tags( $why ) );
		}
		update_network_option( null, self::OPTION, array( $stylesheet => $sha256 ) + self::digests() );
	}

	/**
	 * Whether the network has a theme from a package.
	 *
	 * @param string $stylesheet The theme's folder.
	 * @param string $sha256     The package's digest.
	 */
	private static function is_installed( string $stylesheet, string $sha256 ): bool {
		return ( self::digests()[ $stylesheet ] ?? null ) === $sha256 && wp_get_theme( $stylesheet )->exists();
	}

	/**
	 * The digests of the packages from which themes were installed, by folder; as the database has them now.
	 *
	 * @return string[]
	 */
	private static function digests(): array {
		wp_cache_delete( get_current_network_id() . ':' . self::OPTION, 'site-options' );
		wp_cache_delete( get_current_network_id() . ':notoptions', 'site-options' );
		return (array) get_network_option( null, self::OPTION, array() );
	}

	/**
	 * Refuses a package that is not the theme.
	 *
	 * @param string $path       The package.
	 * @param string $stylesheet The theme's folder.
	 * @throws Refusal 422 when it is not.
	 */
	private static function require_theme( string $path, string $stylesheet ): void {
		require_once ABSPATH . 'wp-admin/includes/class-pclzip.php';
		$entries = ( new \PclZip( $path ) )->listContent();
		$names   = is_array( $entries ) ? wp_list_pluck( $entries, 'filename' ) : array();
		$foreign = array_filter( $names, static fn( string $name ) => ! str_starts_with( $name, "$stylesheet/" ) );
		if ( ! in_array( "$stylesheet/style.css", $names, true ) || $foreign ) {
			throw new Refusal( 422, 'bbws_invalid_package', 'The package does not hold the theme.' );
		}
	}
}
